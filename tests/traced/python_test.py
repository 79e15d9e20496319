"""The tracer in Python: the lines that allocate, and the stacks as Python itself sees them."""
import sys
import textwrap
import unittest

from traced import TracedTest

COMMON = """
import ctypes, sys, threading
tracer = ctypes.CDLL(None)

def stack():
    buffer = ctypes.create_string_buffer(8192)
    length = tracer.weir_tracer_python_stack(buffer, 8192)
    return buffer.raw[:length].decode()

def own_stack():
    frame, lines = sys._getframe(1), []
    while frame:
        code = frame.f_code
        name = getattr(code, "co_qualname", code.co_name)
        lines.append(f"{name} ({code.co_filename}:{frame.f_lineno})")
        frame = frame.f_back
    return lines

def check():
    seen, real = stack().splitlines()[1:], own_stack()
    assert seen == real, (seen, real)
"""


class Python(TracedTest):
    def run_script(self, text, **settings):
        script = self.folder / "script.py"
        script.write_text(COMMON + textwrap.dedent(text))
        done = self.run_traced(sys.executable, script, **settings)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode(), script

    def test_stacks_are_those_that_python_sees(self):
        out, _ = self.run_script("""
            class Größe:
                def wert(self):
                    return sorted([2, 1], key=lambda x: check() or x)
                def strom(self):
                    yield check()
                    yield from self.mehr()
                def mehr(self):
                    yield check()
            for _ in range(100):
                Größe().wert()
                list(Größe().strom())
            thread = threading.Thread(target=lambda: check())
            thread.start()
            thread.join()
            exec("def inner(): check()\\ninner()")
            print("same")
        """)
        self.assertEqual(out, "same\n")

    def test_a_leaking_line_is_named(self):
        _, script = self.run_script("""
            kept = []
            def work(step):
                scratch = [bytearray(60000) for _ in range(5)]
                kept.append(bytearray(30000))  # leak
            for step in range(1000):
                tracer.weir_tracer_step(step)
                work(step)
            tracer.weir_tracer_site_dump()
        """)
        line = next(i for i, text in enumerate(script.read_text().splitlines(), 1)
                    if "# leak" in text)
        top = self.read().dumped_before_end()[0]
        self.assertEqual(top["python"][0],
                         {"file": str(script), "line": line, "function": "work"})
        # 1000 blocks, each sampled with chance 0.2: the standard error is 6 %.
        self.assertAlmostEqual(top["live_bytes"] / 30e6, 1, delta=0.3)

    def test_allocations_in_every_state_of_the_interpreter(self):
        out, _ = self.run_script("""
            import gc, weakref, json, re, subprocess, ctypes
            class Node:
                def __del__(self):
                    self.last = [bytearray(700) for _ in range(20)]
            def churn():
                for _ in range(300):
                    a, b = Node(), Node()
                    a.other, b.other = b, a
                    weakref.finalize(a, lambda: bytearray(5000))
                    namespace = {}
                    exec(compile("def f(x):\\n return [x] * 1000", "<made>", "exec"), namespace)
                    namespace["f"](1)
                    json.loads(json.dumps({"a": list(range(200))}))
                    re.compile("a" * 50 + str(_))
                gc.collect()
            threads = [threading.Thread(target=churn) for _ in range(4)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            print(subprocess.run([sys.executable, "-c", "print(6 * 7)"],
                                 capture_output=True, text=True).stdout.strip())
            try:
                [].missing
            except AttributeError:
                print("caught")
        """, WEIR_TRACE="exact")
        self.assertEqual(out, "42\ncaught\n")

    def test_python_finds_its_signals_as_they_were(self):
        out, _ = self.run_script("""
            import signal
            print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
                  signal.getsignal(signal.SIGINT) is signal.default_int_handler)
        """)
        self.assertEqual(out, "True True\n")

    def test_trim_says_what_came_back(self):
        self.run_script("""
            blocks = [bytearray(1000) for _ in range(50000)]
            keep = blocks[-1]
            del blocks
            tracer.weir_tracer_trim()
        """)
        trim = self.read().last("trim")
        self.assertGreater(trim["before"], trim["after"])


if __name__ == "__main__":
    unittest.main()
