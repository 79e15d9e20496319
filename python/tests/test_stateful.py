"""Stateful layers go on where the call before has stopped: `reset_states`."""
import io
import pathlib
import tempfile
import unittest
import zipfile

import numpy as np
import weir

PACK = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "recurrent.zip"
CASE = "stateful_layers"


class Stateful(unittest.TestCase):
    """A model of Keras's, built for batches of two sequences of any length, and its answers."""

    def setUp(self):
        with zipfile.ZipFile(PACK) as pack, tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "model.keras"
            file.write_bytes(pack.read(f"{CASE}/model.keras"))
            self.model = weir.load_model(file)
            self.x = np.load(io.BytesIO(pack.read(f"{CASE}/input_0.npy")))
            self.expected = np.load(io.BytesIO(pack.read(f"{CASE}/output_0.npy")))

    def test_pieces_of_a_sequence_give_what_the_whole_gives(self):
        for predict in (self.model.predict, self.model.predict_on_batch, self.model):
            self.model.reset_states()
            for step in range(self.x.shape[1]):
                y = predict(self.x[:, step:step + 1])
            self.assert_last(y)

    def test_states_stay_until_they_are_reset(self):
        first = self.model.predict(self.x)
        self.assertFalse(np.allclose(self.model.predict(self.x), first))
        self.model.reset_states()
        np.testing.assert_array_equal(self.model.predict(self.x), first)

    def assert_last(self, y):
        """Of the last step, whether the model returns sequences or not."""
        last = self.expected[:, -1] if self.expected.ndim == 3 else self.expected
        y = y[:, -1] if y.ndim == 3 else y
        np.testing.assert_allclose(y, last, atol=1e-5)

    def test_closed_model_has_no_states(self):
        self.model.close()
        with self.assertRaises(ValueError):
            self.model.reset_states()


if __name__ == "__main__":
    unittest.main()
