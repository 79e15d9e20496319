"""The examples of the docstrings and of docs/python.md, run in the tree."""
import doctest
import importlib
import os
import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = ("weir", "weir._custom", "weir._model", "weir._sizes", "weir.errors")


class Examples(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name in ("examples", "tests"):
            os.symlink(ROOT / name, pathlib.Path(folder.name) / name)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)

    def test_docstrings_show_what_happens(self):
        for name in MODULES:
            with self.subTest(module=name):
                self.assertEqual(doctest.testmod(importlib.import_module(name)).failed, 0)

    def test_the_page_runs(self):
        blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), re.S)
        self.assertGreater(len(blocks), 1)
        names = {}
        for block in blocks:
            exec(block, names)


if __name__ == "__main__":
    unittest.main()
