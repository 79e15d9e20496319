"""What a race keeps: it goes on where it was, and never mixes machines, builds or efforts."""
import json
import pathlib
import tempfile
import unittest

from cell import Cell
from results import Results

ABOUT = {"machine": {"processor": "Some CPU"}, "build": "1234"}
CELL = Cell("UNet", 1, 2)


class Kept(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name, "results.json")

    def test_what_was_kept_is_there_the_next_time(self):
        Results(self.file, ABOUT).keep(CELL, {"LiteRT": {"seconds": [1]}}, [])
        self.assertEqual(Results(self.file, ABOUT).entries(CELL), {"LiteRT": {"seconds": [1]}})
        self.assertEqual(Results(self.file, ABOUT).entries(Cell("UNet", 32, 2)), {})

    def test_a_cell_that_is_raced_again_replaces_the_older_one(self):
        results = Results(self.file, ABOUT)
        for seconds in (1, 2):
            results.keep(CELL, {"LiteRT": {"seconds": [seconds]}}, [])
        results.keep(Cell("UNet", 32, 2), {}, [])
        self.assertEqual(results.entries(CELL), {"LiteRT": {"seconds": [2]}})
        self.assertEqual(len(results.data["cells"]), 2)

    def test_results_of_another_build_are_put_aside(self):
        Results(self.file, ABOUT).keep(CELL, {"LiteRT": {"seconds": [1]}}, [])
        results = Results(self.file, {**ABOUT, "build": "5678"})
        self.assertEqual(results.entries(CELL), {})
        (aside,) = self.file.parent.glob("results-*.json")
        self.assertEqual(json.loads(aside.read_text())["build"], "1234")

    def test_a_roof_is_measured_once(self):
        results = Results(self.file, ABOUT)
        self.assertEqual(results.roof(2, lambda: 7), 7)
        self.assertEqual(results.roof(2, lambda: 8), 7)
        self.assertEqual(results.roof(1, lambda: 8), 8)


if __name__ == "__main__":
    unittest.main()
