"""Models that mix the samples of a batch, and outputs that have no row for each sample."""
import io
import pathlib
import tempfile
import unittest
import zipfile

import numpy as np
import weir

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "models.zip"
ROWS = np.random.default_rng(3).normal(size=(70, 5)).astype("float32")


def golden(name):
    """The model and what Keras made of its inputs."""
    with zipfile.ZipFile(GOLDEN) as pack, tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        path.write_bytes(pack.read(f"{name}/model.keras"))
        members = sorted(member for member in pack.namelist() if member.startswith(f"{name}/"))
        arrays = {member.split("/")[1][:-4]: np.load(io.BytesIO(pack.read(member)))
                  for member in members if member.endswith(".npy")}
        return weir.load_model(path), arrays


class WholeBatches(unittest.TestCase):
    def test_call_takes_all_rows_as_one_batch(self):
        model, _ = golden("mean_of_the_batch")
        parts = [model(ROWS[i:i + 10]) for i in range(0, 70, 10)]
        np.testing.assert_allclose(model(ROWS), np.mean(parts, axis=0), rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(model.predict_on_batch(ROWS), model(ROWS))

    def test_predict_puts_batches_one_after_the_other(self):
        model, arrays = golden("mean_of_the_batch")
        wanted = np.concatenate([model(ROWS[i:i + 32]) for i in range(0, 70, 32)])
        np.testing.assert_array_equal(model.predict(ROWS), wanted)
        wanted = np.concatenate([model(ROWS[i:i + 9]) for i in range(0, 70, 9)])
        np.testing.assert_array_equal(model.predict(ROWS, batch_size=9), wanted)
        batches = (ROWS[i:i + 50] for i in range(0, 70, 50))
        wanted = np.concatenate([model(ROWS[:50]), model(ROWS[50:])])
        np.testing.assert_array_equal(model.predict(batches), wanted)
        np.testing.assert_allclose(model(arrays["input_0"]), arrays["output_0"], rtol=1e-5, atol=1e-6)

    def test_stream_gives_what_each_batch_gives(self):
        model, _ = golden("mean_of_the_batch")
        batches = [ROWS[:40], ROWS[40:]]
        for y, x in zip(model.predict_stream(iter(batches)), batches):
            np.testing.assert_array_equal(y, model(x))

    def test_axes_that_are_the_batch_twice(self):
        model, arrays = golden("similarities_of_two_towers")
        inputs = [np.repeat(arrays[f"input_{i}"], 30, axis=0)[:50] for i in (0, 1)]
        a_b, b_a = model(inputs)
        self.assertEqual(a_b.shape, (50, 50))
        np.testing.assert_array_equal(a_b.T, b_a)
        self.assertEqual(model.predict(inputs, batch_size=50)[0].shape, (50, 50))
        with self.assertRaisesRegex(ValueError, "batch_size"):
            model.predict(inputs)

    def test_one_number_is_of_one_batch(self):
        model, arrays = golden("loss_of_the_batch")
        self.assertEqual(model(ROWS).shape, ())
        np.testing.assert_allclose(model(arrays["input_0"]), arrays["output_0"][0], rtol=1e-5, atol=1e-6)
        with self.assertRaises(ValueError):
            model.predict(ROWS)

    def test_more_rows_than_samples(self):
        model, arrays = golden("rows_of_samples")
        x = np.repeat(arrays["input_0"], 30, axis=0)
        self.assertEqual(model.predict(x).shape, (4 * len(x), 3))
        np.testing.assert_allclose(model.predict(arrays["input_0"]), arrays["output_0"], rtol=1e-5, atol=1e-6)


if __name__ == "__main__":
    unittest.main()
