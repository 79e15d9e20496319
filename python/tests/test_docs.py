"""The examples of the docstrings and of the pages about Python, run in the tree."""
import doctest
import importlib
import os
import pathlib
import pkgutil
import re
import tempfile
import unittest

import weir

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = ["weir", *(f"weir.{module.name}" for module in pkgutil.iter_modules(weir.__path__)
                     if module.name != "libweir_tracer")]  # In a wheel: a library, no module.


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
                result = doctest.testmod(importlib.import_module(name),
                                         optionflags=doctest.ELLIPSIS)
                self.assertEqual(result.failed, 0)

    def test_the_pages_run(self):
        for page in ("README.md", "docs/python.md", "docs/text.md"):
            blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.S)
            self.assertGreater(len(blocks), 0)
            names = {}
            for block in blocks:
                exec(block, names)


if __name__ == "__main__":
    unittest.main()
