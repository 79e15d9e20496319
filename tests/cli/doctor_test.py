"""weir doctor from outside: what it does to a program, and what it says of simple ones."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest

from fake_keras import write_package
from program import MODEL, TIMEOUT

PROGRAM = os.environ["WEIR_PROGRAM"]
# A step a mark, without the package: as weir.step() does it.
MARK = "sys.modules['weir_doctor_agent'].step()"


def doctor(code, *options, arguments=(), **more):
    command = [PROGRAM, "doctor", *options, "--", sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=TIMEOUT, **more)


class Passthrough(unittest.TestCase):
    def test_output_and_exit_code_are_the_programs(self):
        ended = doctor("import sys; print(sys.argv[1:], input()); sys.exit(7)",
                       arguments=["a", "b c"], input="line\n")
        self.assertEqual(ended.stdout, "['a', 'b c'] line\n")
        self.assertEqual(ended.returncode, 7)

    def test_the_environment_and_path_are_as_without_it(self):
        code = ("import os, sys, threading;"
                "print(os.environ.get('PYTHONPATH'), threading.active_count(), len(sys.path))")
        environment = {**os.environ, "PYTHONPATH": "/nowhere"}
        plain = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                               env=environment)
        self.assertEqual(doctor(code, env=environment).stdout, plain.stdout)

    def test_the_programs_that_it_starts_are_not_traced(self):
        code = ("import os, subprocess, sys; print(os.environ.get('LD_PRELOAD'));"
                "subprocess.run([sys.executable, '-c', 'print(\"weir_tracer\" in open(\"/proc/self/maps\").read())'])")
        self.assertEqual(doctor(code).stdout.split(), ["None", "False"])

    def test_another_sitecustomize_still_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "sitecustomize.py").write_text("print('mine')")
            ended = doctor("print('program')", env={**os.environ, "PYTHONPATH": folder})
        self.assertEqual(ended.stdout, "mine\nprogram\n")

    def test_the_end_by_a_signal_is_told_as_shells_do(self):
        ended = doctor("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        self.assertEqual(ended.returncode, 128 + signal.SIGKILL)
        self.assertIn("verdict", ended.stderr)

    def test_a_traceback_looks_as_it_does(self):
        ended = doctor("1 / 0")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("ZeroDivisionError", ended.stderr)
        self.assertNotIn("doctor_agent", ended.stderr)

    def test_an_interrupt_while_the_agent_looks_reaches_the_program(self):
        # Without steps, the agent looks from outside: in the main thread, between two of its lines.
        code = """
            import signal, sys, time
            agent = sys.modules["weir_doctor_agent"]._agent
            agent._look = lambda frame: signal.raise_signal(signal.SIGINT)
            end = time.monotonic() + 60
            while time.monotonic() < end:
                pass
        """
        ended = doctor(code)
        self.assertEqual(ended.returncode, 128 + signal.SIGINT)
        self.assertIn("KeyboardInterrupt", ended.stderr)
        self.assertNotIn("doctor_agent/", ended.stderr)

    def test_folders_that_killed_doctors_left_are_removed(self):
        with tempfile.TemporaryDirectory() as among:
            left, new, other = (pathlib.Path(among, name) for name in
                                ("weir-doctor-old", "weir-doctor-new", "mine"))
            for folder in (left, new, other):
                folder.mkdir()
                folder.joinpath("agent.1.jsonl").write_text("")
            for folder in (left, other):
                os.utime(folder, (1, 1))
            doctor("pass", env={**os.environ, "TMPDIR": among})
            self.assertEqual(sorted(os.listdir(among)), ["mine", "weir-doctor-new"])

    def test_a_program_that_is_not_there_is_an_error(self):
        ended = subprocess.run([PROGRAM, "doctor", "--", "no-such-program"], capture_output=True,
                               text=True)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("no-such-program", ended.stderr)


class Verdicts(unittest.TestCase):
    LEAK = f"""
        import sys
        kept = []
        def serve():
            kept.append(bytearray(100_000))
        for step in range(300):
            serve()
            {MARK}
    """

    def diagnosis(self, code, *options):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder, "out.json")
            page = pathlib.Path(folder, "out.html")
            ended = doctor(code, "--json", out, "-o", page, *options)
            self.assertIn("<!doctype html>", page.read_text())
            return json.loads(out.read_text()), ended

    def assert_named(self, name, line, code):
        found, _ = self.diagnosis(code)
        self.assertEqual((found["verdict"], found["cause"]), ("leak", "retained_outputs"))
        self.assertEqual((found["culprit"]["name"], found["culprit"]["line"]), (name, line))

    def test_names_the_list_and_fails_on_growth(self):
        found, ended = self.diagnosis(self.LEAK, "--fail-on", "growth")
        self.assertEqual((found["verdict"], found["cause"]), ("leak", "retained_outputs"))
        self.assertEqual((found["culprit"]["name"], found["culprit"]["line"]), ("kept", 5))
        self.assertEqual(ended.returncode, 3)

    def test_names_threads_that_do_not_end(self):
        code = f"""
            import sys, threading
            end = threading.Event()
            for step in range(150):
                rows = bytearray(100_000)
                threading.Thread(target=lambda _: end.wait(), args=(rows,), daemon=True).start()
                {MARK}
        """
        self.assert_named("running threads", 6, code)

    def test_names_calls_of_finalize(self):
        code = f"""
            import sys, weakref
            class Server: pass
            server = Server()
            for step in range(200):
                weakref.finalize(server, len, bytearray(100_000))
                {MARK}
        """
        self.assert_named("calls of weakref.finalize", 6, code)

    def test_names_the_context_variable_and_the_line_that_sets_it(self):
        code = f"""
            import contextvars, sys
            trail = contextvars.ContextVar("trail", default=())
            for step in range(200):
                trail.set((*trail.get(), bytearray(100_000)))
                {MARK}
        """
        self.assert_named("trail", 5, code)

    def test_names_the_list_of_maps_of_no_file(self):
        code = f"""
            import mmap, sys
            maps = []
            for step in range(200):
                maps.append(mmap.mmap(-1, 100_000))
                maps[-1].write(bytes(100_000))
                {MARK}
        """
        self.assert_named("maps", 5, code)

    def test_imports_are_no_growth(self):
        """However long they take."""
        code = """
            import sys, time, types
            for number in range(200):
                module = types.ModuleType(f"part{number}")
                module.table = [list(range(3000)) for _ in range(5)]
                sys.modules[module.__name__] = module
                time.sleep(0.02)
        """
        found, _ = self.diagnosis(code)
        self.assertIn(found["verdict"], ("unknown", "level"))

    def test_finds_the_list_among_many_names_of_many_modules(self):
        code = f"""
            import sys, types
            for number in range(300):
                module = types.ModuleType(f"part{{number}}")
                module.__file__ = f"/part{{number}}.py"
                vars(module).update({{f"table{{i}}": [i] for i in range(100)}})
                sys.modules[module.__name__] = module
            server = types.SimpleNamespace(kept=[])
            for step in range(300):
                server.kept.append(bytearray(100_000))
                {MARK}
        """
        self.assert_named("server.kept", 10, code)

    def test_level_does_not_fail(self):
        code = f"""
            import sys
            for step in range(300):
                kept = bytearray(100_000)
                {MARK}
        """
        found, ended = self.diagnosis(code, "--fail-on", "growth")
        self.assertEqual((found["verdict"], found["cause"]), ("level", "none"))
        self.assertEqual(ended.returncode, 0)

    def test_steps_end_the_program(self):
        code = f"""
            import sys
            try:
                while True:
                    sum(range(1000))
                    {MARK}
            finally:
                print("cleaned up")
        """
        ended = doctor(code, "--steps", "20")
        self.assertEqual((ended.stdout, ended.returncode), ("cleaned up\n", 0))


@unittest.skipIf(os.environ.get("WEIR_SANITIZE"), "sanitizers replace the allocator, so no tracer is built")
class Traced(unittest.TestCase):
    LEAK = f"""
        import ctypes, sys
        libc = ctypes.CDLL(None)
        libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
        libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
        def decode():
            libc.memset(libc.malloc(100_000), 1, 100_000)
        for step in range(400):
            scratch = bytearray(300_000)
            decode()
            {MARK}
    """

    def diagnosis(self, *options):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder, "out.json")
            ended = doctor(self.LEAK, "--json", out, "--records", folder, *options)
            traces = list(pathlib.Path(folder).glob("trace.*.jsonl"))
            return json.loads(out.read_text()), ended, traces

    def test_a_native_leak_is_named_by_both_stacks(self):
        for options in ([], ["--exact"]):
            found, _, _ = self.diagnosis(*options)
            self.assertEqual((found["verdict"], found["cause"]), ("leak", "native_leak"))
            self.assertIn("100 % are alive", found["sentence"])
            self.assertTrue(any("ffi" in frame for frame in found["findings"][0]["native_stack"]))

    def test_without_a_trace_the_growth_is_found_as_well(self):
        found, _, traces = self.diagnosis("--no-trace")
        self.assertEqual((found["verdict"], traces), ("leak", []))
        self.assertEqual(found["findings"][0]["native_stack"], [])


class WhileItRuns(unittest.TestCase):
    """Programs that leak until they are told to stop."""

    # Waits a little at a time: an interrupt that comes just before Python waits for good is seen only
    # when that ends.
    LEAK = Verdicts.LEAK + """
        import select
        print("ready", flush=True)
        while not select.select([sys.stdin], [], [], 0.1)[0]:
            pass
    """

    def start(self, *arguments):
        process = subprocess.Popen([PROGRAM, "doctor", *arguments], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   start_new_session=True)
        overdue = threading.Timer(TIMEOUT, os.killpg, [process.pid, signal.SIGKILL])
        overdue.start()
        for end in (process.stdin.close, process.stdout.close, process.stderr.close, process.wait,
                    process.kill, overdue.cancel):
            self.addCleanup(end)
        return process

    def started(self):
        process = self.start("--", sys.executable, "-c", textwrap.dedent(self.LEAK))
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def verdict(self, process):
        for line in process.stderr:
            if line.startswith("verdict"):
                return line.split()[1]
        return None

    def test_sigusr1_asks_for_a_verdict_and_the_program_runs_on(self):
        process = self.started()
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(self.verdict(process), "leak")
        self.assertIsNone(process.poll())
        process.communicate("")
        self.assertEqual(process.returncode, 0)

    def test_an_interrupt_ends_the_program_and_leaves_a_verdict(self):
        process = self.started()
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.verdict(process), "leak")
        process.communicate()
        self.assertEqual(process.returncode, 128 + signal.SIGINT)

    def test_a_program_that_ends_itself_by_a_signal_leaves_a_verdict(self):
        process = self.started()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.verdict(process), "leak")
        process.communicate()
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)

    def test_a_process_that_runs_already_is_watched_from_outside(self):
        code = ("import time\nkept = []\n"
                "while True: kept.append(bytearray(2_000_000)); time.sleep(0.05)")
        program = subprocess.Popen([sys.executable, "-c", code])
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        ended = subprocess.run([PROGRAM, "doctor", "--fail-on", "growth", "--seconds", "8",
                                "--pid", str(program.pid)], capture_output=True, text=True,
                               timeout=TIMEOUT)
        self.assertEqual(ended.returncode, 3, ended.stderr)
        self.assertIn("Seen from outside", ended.stderr)
        self.assertIsNone(program.poll())

    def test_attaching_refuses_what_it_cannot_do(self):
        ended = subprocess.run([PROGRAM, "doctor", "--pid", str(os.getpid()), "--steps", "3"],
                               capture_output=True, text=True)
        self.assertEqual(ended.returncode, 4)
        self.assertIn("start it under weir doctor", ended.stderr)


class Trial(unittest.TestCase):
    """--try-weir, on a program whose model is a stand-in that saves a real one."""

    CODE = """
        from keras.src.models.model import Model
        def main():
            model = Model()
            for _ in range(40):
                model.predict([0] * 24)
        main()
        """

    def tried(self, saved):
        with tempfile.TemporaryDirectory() as folder:
            write_package(pathlib.Path(folder))
            ended = doctor(self.CODE, "--try-weir", "--json", "-", cwd=folder,
                           env={**os.environ, "SAVED_MODEL": str(saved)})
        return json.loads(ended.stdout)["weir"], ended.stderr

    def test_says_what_the_same_rows_cost(self):
        trial, text = self.tried(MODEL)
        self.assertEqual(trial["rows"], 24)
        self.assertTrue(trial["level"])
        self.assertGreater(trial["seconds_per_step"], 0)
        self.assertIn("In Weir, 'digits' takes", text)

    def test_says_why_it_cannot(self):
        trial, text = self.tried("/nowhere.keras")
        self.assertIn("/nowhere.keras", trial["trouble"])
        self.assertIn("cannot be tried in Weir", text)

    def test_a_program_without_a_model_has_none(self):
        ended = doctor("pass", "--try-weir", "--json", "-")
        self.assertIn("no Keras model", json.loads(ended.stdout)["weir"]["trouble"])


if __name__ == "__main__":
    unittest.main()
