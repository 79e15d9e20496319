import time
import unittest

from effort import Effort

EFFORT = Effort(rounds=3, most_rounds=5, seconds=0.1, cell_seconds=100)


class EffortTest(unittest.TestCase):
    def rounds(self, since):
        count = 0
        while EFFORT.more(count, since):
            count += 1
        return count

    def test_a_quick_cell_gets_the_most_rounds(self):
        self.assertEqual(self.rounds(time.monotonic()), 5)

    def test_a_slow_cell_gets_its_rounds_however_long_they_take(self):
        self.assertEqual(self.rounds(time.monotonic() - 1000), 3)


if __name__ == "__main__":
    unittest.main()
