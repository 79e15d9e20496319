"""Runs the program from outside, as a person does, in a folder of its own."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import zipfile

import npy

WEIR = os.environ["WEIR_PROGRAM"]
# "address,undefined", "thread" or "": memory and time are other ones with a sanitizer.
SANITIZER = os.environ.get("WEIR_SANITIZE", "")
ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits"
REVIEWS = ROOT / "examples" / "reviews"
MODEL = DIGITS / "digits.keras"
IMAGES = DIGITS / "images.npy"
EXPECTED = DIGITS / "expected.npy"
TIMEOUT = 240
# Bytes by which one process has more of the program's file in memory than the next: the system maps in
# what its cache holds around a page, most of all of a file that was just written.
FILE_NOISE = 3 * 2**19


class Result:
    def __init__(self, code, out, err):
        self.code = code
        self.bytes = out
        self.out = out.decode("utf-8", "replace")
        self.err = err.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.out)


def start(*arguments, **options):
    """The running program; Ctrl-C reaches it alone."""
    return subprocess.Popen([WEIR, *map(str, arguments)], start_new_session=True, **options)


class ProgramTest(unittest.TestCase):
    """Each test runs in an empty folder, which goes when it ends."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="weir-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def weir(self, *arguments, input=b"", env=None):
        done = subprocess.run([WEIR, *map(str, arguments)], input=input, capture_output=True,
                              cwd=self.folder, timeout=TIMEOUT, env={**os.environ, **(env or {})})
        return Result(done.returncode, done.stdout, done.stderr)

    def succeeds(self, *arguments, **options):
        result = self.weir(*arguments, **options)
        self.assertEqual(result.code, 0, result.err)
        return result

    def fails(self, code, *arguments, saying=(), **options):
        """Ends with the code, says each of the words in one line, and nothing of its inside."""
        result = self.weir(*arguments, **options)
        self.assertEqual(result.code, code, result.err)
        for words in saying:
            self.assertIn(words, result.err)
        if code not in (0, 2):
            self.assertTrue(result.err.startswith("weir: "), result.err)
            self.assertEqual(result.err.count("\n"), 1, result.err)
        for inside in ("terminate called", "what():", "internal error", "runtime error"):
            self.assertNotIn(inside, result.err)
        return result

    def predicts(self, *arguments, **options):
        """The predictions of the digits, which go through out.npy."""
        self.succeeds("predict", MODEL, "--output", "out.npy", *arguments, **options)
        return npy.read(self.folder / "out.npy")

    def assert_close(self, actual, expected, tolerance=1e-5):
        self.assertEqual(actual.shape, expected.shape)
        worst = max(abs(a - b) for a, b in zip(actual.values, expected.values))
        self.assertLessEqual(worst, tolerance * max(map(abs, expected.values)))

    def assert_only(self, *names):
        """The folder has these files and no temporary ones."""
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), sorted(names))

    def golden(self, family, case):
        """Puts a golden model and its arrays, as real Keras made them, into the folder."""
        with zipfile.ZipFile(ROOT / "tests" / "golden" / f"{family}.zip") as pack:
            entry = next(c for c in json.loads(pack.read("cases.json")) if c["name"] == case)
            for file in [entry["model"], *(t["file"] for t in entry["inputs"] + entry["outputs"])]:
                name = pathlib.PurePosixPath(file).name
                (self.folder / name).write_bytes(pack.read(file))
        return entry
