"""Strings into a model, and out of one."""
import json
import pathlib
import tempfile
import unittest
import zipfile

import numpy as np
import weir

ROOT = pathlib.Path(__file__).resolve().parents[2]
REVIEWS = ROOT / "examples" / "reviews"
EXPECTED = np.load(REVIEWS / "expected.npy")
TEXTS = [json.loads(line)["review"] for line in (REVIEWS / "reviews.jsonl").open()]
TOLERANCE = 1e-5


class Classifier(unittest.TestCase):
    def setUp(self):
        self.model = weir.load_model(REVIEWS / "reviews.keras", threads=2)
        self.texts = TEXTS

    def assert_expected(self, y, rows=slice(None)):
        np.testing.assert_allclose(y, EXPECTED[rows], atol=TOLERANCE)

    def test_takes_strings_of_every_kind(self):
        array = np.array(self.texts)
        encoded = np.array([text.encode() for text in self.texts])
        for x in (self.texts, array, array[:, None], array.astype(object), encoded,
                  [[text] for text in self.texts]):
            self.assert_expected(self.model.predict(x))

    def test_takes_one_text(self):
        self.assert_expected(self.model.predict(self.texts[:1]), slice(1))

    def test_takes_a_stream_of_texts(self):
        batches = list(self.model.predict_stream(
            np.array(self.texts[i:i + 16])[:, None] for i in range(0, 200, 16)))
        self.assert_expected(np.concatenate(batches))

    def test_takes_files(self):
        self.assert_expected(self.model.predict(REVIEWS / "reviews.csv"))
        self.assert_expected(self.model.predict(REVIEWS / "reviews.jsonl"))
        with tempfile.TemporaryDirectory() as folder:
            for kind in ("U", "S"):
                path = pathlib.Path(folder) / f"{kind}.npy"
                encoded = self.texts if kind == "U" else [text.encode() for text in self.texts]
                np.save(path, np.array(encoded))
                self.assert_expected(self.model.predict(path))

    def test_refuses_numbers_and_what_is_no_text(self):
        with self.assertRaises(ValueError):
            self.model.predict(np.zeros((2, 1), "float32"))
        with self.assertRaises(TypeError):
            self.model.predict(np.array(["a", 5], object))


class Inverse(unittest.TestCase):
    def test_gives_strings(self):
        with zipfile.ZipFile(ROOT / "tests" / "golden" / "lookup.zip") as pack, \
                tempfile.TemporaryDirectory() as folder:
            pack.extract("string_inverse/model.keras", folder)
            model = weir.load_model(pathlib.Path(folder) / "string_inverse" / "model.keras")
            y = model.predict(np.array([[0, 1, 2, 3, 4, 9, 1, 1, 1]]))
        self.assertEqual(y.tolist(), [["[UNK]", "earth", "wind", "été", "日本", "[UNK]", "earth",
                                       "earth", "earth"]])


if __name__ == "__main__":
    unittest.main()
