"""`weir profile`, `weir report` and `weir top`: what is recorded is what is shown."""
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import unittest
import xml.etree.ElementTree

from program import DIGITS, MODEL, SANITIZER, WEIR, ProgramTest


class Profile(ProgramTest):
    def setUp(self):
        super().setUp()
        self.record = pathlib.Path(self.folder) / "run.weirprof"

    def profile(self, *arguments):
        result = self.weir("profile", MODEL, "-o", self.record, *arguments)
        self.assertEqual(result.code, 0, result.err)
        return result

    def report(self, *arguments, code=0):
        result = self.weir("report", self.record, *arguments)
        self.assertEqual(result.code, code, result.err)
        return result

    def test_made_up_rows_are_profiled_for_some_steps(self):
        result = self.profile("--steps", 30)
        self.assertIn("program and libraries", result.out)
        found = json.loads(self.report("--format", "json").out)
        self.assertEqual(found["run"]["steps"], 30)
        self.assertEqual(found["run"]["rows"], 30 * 32)
        self.assertTrue(found["run"]["finished"])
        if not SANITIZER:
            unnamed = found["resident_bytes"] - found["named_bytes"]
            self.assertLess(unnamed, max(1e6, 0.02 * found["resident_bytes"]))

    def test_data_are_read_again_until_there_are_enough_steps(self):
        self.profile("--input", DIGITS / "images.npy", "--steps", 100)
        found = json.loads(self.report("--format", "json").out)
        self.assertGreaterEqual(found["run"]["rows"], 100 * 32)

    def test_data_are_read_once(self):
        self.profile("--input", DIGITS / "images.npy")
        found = json.loads(self.report("--format", "json").out)
        self.assertEqual(found["run"]["rows"], 1797)

    def test_every_format_is_written(self):
        self.profile("--steps", 20)
        trace = json.loads(self.report("--format", "trace").out)
        self.assertIn("traceEvents", trace)
        self.assertRegex(self.report("--format", "folded").out, r"(?m)^digits;conv2d_3;\w+ \d+$")
        xml.etree.ElementTree.fromstring(self.report("--format", "svg").out)

    def test_the_page_needs_nothing_else(self):
        self.profile("--steps", 20)
        html = self.record.with_suffix(".html")
        if os.environ["WEIR_UI"] == "0":
            self.assertIn("built without", self.report("-o", html, code=4).err)
            return
        self.report("-o", html)
        text = html.read_text()
        self.assertIn('id="profile"', text)
        self.assertIsNone(re.search(r"""(src|href)=["']https?:""", text))

    def test_two_records_are_compared(self):
        self.profile("--steps", 10)
        html = self.record.with_suffix(".html")
        if os.environ["WEIR_UI"] == "0":
            self.report("-o", html, "--compare", self.record, code=4)
            return
        self.report("-o", html, "--compare", self.record)
        self.assertIn('id="other-profile"', html.read_text())

    def test_what_is_no_record_is_an_error(self):
        self.record.write_bytes(b"no record at all")
        self.assertIn("not a profile", self.report(code=1).err)

    def test_top_watches_a_running_process(self):
        socket = self.record.with_suffix(".socket")
        running = subprocess.Popen([WEIR, "profile", MODEL, "-o", self.record, "--seconds", "60",
                                    "--socket", socket], stdout=subprocess.DEVNULL)
        try:
            end = time.monotonic() + 30
            while time.monotonic() < end:
                if socket.exists() and "steps/s" in self.weir("top", "--once", socket).out:
                    break
                time.sleep(0.1)
            for target in (socket, running.pid, self.record):
                result = self.weir("top", "--once", target)
                self.assertEqual(result.code, 0, result.err)
                self.assertIn(f"process {running.pid}", result.out)
                self.assertIn("slowest layers", result.out)
        finally:
            running.send_signal(signal.SIGKILL)
            running.wait()
        # What was written before is there all the same.
        self.assertFalse(json.loads(self.report("--format", "json").out)["run"]["finished"])

    def test_ctrl_c_finishes_the_record(self):
        running = subprocess.Popen([WEIR, "profile", MODEL, "-o", self.record, "--seconds", "60"],
                                   stdout=subprocess.PIPE, text=True)
        while not self.record.exists() or self.record.stat().st_size == 0:
            time.sleep(0.05)
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=60)
        self.assertIn("resident", out)
        self.assertTrue(json.loads(self.report("--format", "json").out)["run"]["finished"])


if __name__ == "__main__":
    unittest.main()
