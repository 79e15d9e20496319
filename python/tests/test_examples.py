"""The Weir programs of examples/python: their answers are Keras's, and their memory stays level."""
import pathlib
import re
import subprocess
import sys
import unittest

import numpy as np

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
KERAS = np.load(EXAMPLES / "digits" / "expected.npy")  # What Keras predicts of the images.

# Runs a program as it stands, but where there is neither Keras nor TensorFlow, and adds the peak of
# resident memory to what it prints.
RUN = """
import pathlib, re, runpy, sys
sys.modules.update(keras=None, tensorflow=None)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
print(re.search(r"VmHWM:.*", pathlib.Path("/proc/self/status").read_text())[0])
"""


def run(case, steps, *options):
    """What a program prints, and the peak of its resident memory in bytes."""
    program = EXAMPLES / "python" / case / "weir_program.py"
    done = subprocess.run([sys.executable, "-c", RUN, program, str(steps), *options], check=True,
                          capture_output=True, text=True)
    reported = [int(step) for step in re.findall(r"^step (\d+)$", done.stderr, re.MULTILINE)]
    assert reported == list(range(1, steps + 1)), done.stderr
    output, peak = re.fullmatch(r"(.*\n)VmHWM:\s*(\d+) kB\n", done.stdout, re.DOTALL).groups()
    return output, int(peak) * 1024


def parts_of_keras(steps, rows, parts):
    """Keras's predictions of the batches that a program of so many steps takes in turn."""
    return np.concatenate([KERAS[step % parts * rows:][:rows] for step in range(steps)])


def counts(predictions):
    return f"{np.bincount(predictions.argmax(axis=1), minlength=10)}\n"


class Examples(unittest.TestCase):
    def test_list_of_predictions(self):
        self.assertEqual(run("list_of_predictions", 5)[0], counts(parts_of_keras(5, 512, 3)))

    def test_generator(self):
        self.assertEqual(run("generator", 9)[0], counts(parts_of_keras(9, 256, 7)))

    def test_del_after_use(self):
        self.assertEqual(run("del_after_use", 20)[0], "mean error 0.9540\n")  # As keras_program.py.

    def test_collecting_callback(self):
        unsure = int((parts_of_keras(5, 512, 3).max(axis=1) < 0.9).sum())
        self.assertGreater(unsure, 0)
        self.assertEqual(run("collecting_callback", 5)[0], f"{unsure} of 2560 unsure\n")

    def test_tf_data(self):
        self.assertEqual(run("tf_data", 5, "numpy")[0], counts(parts_of_keras(5, 512, 3)))

    def test_memory_stays_level(self):
        # A step that kept its predictions would add 10 to 20 KiB, or an array object at least.
        for case, steps, *options in (("list_of_predictions", 100), ("generator", 200),
                                      ("del_after_use", 20000), ("collecting_callback", 100),
                                      ("tf_data", 100, "numpy")):
            with self.subTest(case=case):
                few, many = (run(case, count, *options)[1] for count in (steps // 10, steps))
                self.assertLess(many - few, 1 << 20)


if __name__ == "__main__":
    unittest.main()
