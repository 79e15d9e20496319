"""The leak doctor of the installed package: that its parts are all there and find each other."""

import json
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

PROGRAM = """
    import numpy, weir

    kept = []
    for number in range(200):
        weir.step()
        kept.append(numpy.full(20_000, number, "float32"))
"""
GROWING_LINE = 7


class Doctor(unittest.TestCase):
    def test_it_names_the_line_that_grows(self):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder, "grow.py")
            script.write_text(textwrap.dedent(PROGRAM))
            found = pathlib.Path(folder, "found.json")
            ended = subprocess.run(
                [sys.executable, "-c", "from weir.command import main; main()", "doctor",
                 "--fail-on", "growth", "--json", str(found), "--", sys.executable, str(script)],
                capture_output=True, text=True, timeout=250)
            self.assertEqual(ended.returncode, 3, ended.stderr)
            verdict = json.loads(found.read_text())
        self.assertEqual(verdict["verdict"], "leak")
        self.assertEqual(verdict["culprit"]["line"], GROWING_LINE)
        self.assertIn("kept", verdict["culprit"]["name"])


if __name__ == "__main__":
    unittest.main()
