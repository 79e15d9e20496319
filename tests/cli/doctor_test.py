"""weir doctor from outside: what it does to a program, and what it says of simple ones."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest

PROGRAM = os.environ["WEIR_PROGRAM"]
# A step a mark, without the package: as weir.step() does it.
MARK = "sys.modules['weir_doctor_agent'].step()"


def doctor(code, *options, arguments=(), **more):
    command = [PROGRAM, "doctor", *options, "--", sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=300, **more)


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

    def test_names_the_list_and_fails_on_growth(self):
        found, ended = self.diagnosis(self.LEAK, "--fail-on", "growth")
        self.assertEqual((found["verdict"], found["cause"]), ("leak", "retained_outputs"))
        self.assertEqual((found["culprit"]["name"], found["culprit"]["line"]), ("kept", 5))
        self.assertEqual(ended.returncode, 3)

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


if __name__ == "__main__":
    unittest.main()
