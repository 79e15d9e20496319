"""What `import weir` takes, and that the command comes with it."""
import pathlib
import platform
import subprocess
import sys
import unittest

import weir

COST = pathlib.Path(__file__).resolve().parents[2] / "bench" / "python" / "import_cost.py"
MOST_MEGABYTES = 15
HEAVY = ("tensorflow", "keras", "torch", "jax", "pandas", "polars", "pyarrow", "h5py")


def output_of(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True,
                          check=True).stdout


class Import(unittest.TestCase):
    def test_brings_no_other_library(self):
        names = output_of("-c", "import sys, weir; print(*sys.modules)").split()
        self.assertIn("weir._core", names)
        self.assertEqual([name for name in HEAVY if name in names], [])

    def test_takes_little_memory_beyond_numpy(self):
        megabytes = float(output_of(COST, "--once").split()[1])
        self.assertGreater(megabytes, 0.1)
        self.assertLess(megabytes, MOST_MEGABYTES)

    def test_is_typed(self):
        folder = pathlib.Path(weir.__file__).parent
        self.assertTrue((folder / "py.typed").exists())
        self.assertIn("class Predictor", (folder / "_core.pyi").read_text())

    def test_brings_the_command(self):
        main = "from weir.command import main; main()"
        self.assertIn("predict", output_of("-c", main, "--help"))

    def test_brings_the_doctor_with_agent_and_tracer(self):
        main = "from weir.command import main; main()"
        # Fails without a tracer, which there is for this processor alone.
        options = ["--exact"] if platform.machine() == "x86_64" else []
        program = [sys.executable, "-c", "print('watched')"]
        self.assertEqual(output_of("-c", main, "doctor", *options, "--", *program), "watched\n")


if __name__ == "__main__":
    unittest.main()
