"""What `predict` and `predict_stream` take: the same answers, whoever holds the rows."""
import array
import os
import pathlib
import tempfile
import unittest

import h5py
import numpy as np
import pandas
import polars
import pyarrow
import weir

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
IMAGES = np.load(EXAMPLES / "digits" / "images.npy")
ROWS = np.random.default_rng(1).normal(size=(1000, 10)).astype("float32")


class Foreign:
    """A tensor of another library: DLPack, and nothing of NumPy."""

    def __init__(self, array):
        self._array = array
        self.shape = array.shape

    def __len__(self):
        return len(self._array)

    def __dlpack__(self, **options):
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


class Dataset:
    """As a `tf.data.Dataset` shows itself."""

    def __init__(self, items):
        self._items = items

    def __iter__(self):
        raise AssertionError("tensors are not wanted")

    def as_numpy_iterator(self):
        return iter(self._items)


class PyDataset:
    """As `keras.utils.PyDataset`, and `Sequence` before it."""

    def __init__(self, size):
        self._size = size

    def __len__(self):
        return -(-len(ROWS) // self._size)

    def __getitem__(self, number):
        return ROWS[number * self._size:(number + 1) * self._size], None

    def on_epoch_end(self):
        pass


class Predict(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.model = weir.load_model(EXAMPLES / "digits" / "dense.keras", threads=2)
        cls.whole = cls.model.predict(ROWS, verbose=0)

    def assert_whole(self, x, **options):
        np.testing.assert_array_equal(self.model.predict(x, verbose=0, **options), self.whole)

    def test_arrays_of_every_layout_and_type(self):
        self.assert_whole(np.asfortranarray(ROWS))
        self.assert_whole(np.repeat(ROWS, 2, axis=0)[::2])
        self.assert_whole(ROWS.astype(">f4"))
        self.assert_whole(ROWS.astype(object))
        self.assert_whole(ROWS.tolist())
        self.assert_whole(memoryview(ROWS))
        self.assert_whole([ROWS])
        self.assert_whole({self.model.input_names[0]: ROWS})
        flat = array.array("f", ROWS[:, 0])
        with self.assertRaisesRegex(ValueError, r"wants the shape \(None, 10\)"):
            self.model.predict(flat)

    def test_tensors_of_other_libraries(self):
        self.assert_whole(Foreign(ROWS))
        self.assert_whole([Foreign(ROWS)])

    def test_frames(self):
        names = [f"c{i}" for i in range(10)]
        frame = pandas.DataFrame(ROWS, columns=names)
        self.assert_whole(frame)
        self.assert_whole(polars.from_pandas(frame))
        self.assert_whole(pyarrow.Table.from_pandas(frame))
        self.assert_whole(pyarrow.table({"x": pyarrow.FixedSizeListArray.from_arrays(
            ROWS.ravel(), 10)})["x"])

    def test_mixed_columns_become_numbers(self):
        frame = pandas.DataFrame({f"c{i}": ROWS[:, i].astype(int) for i in range(10)})
        frame["c3"] = frame["c3"].astype("Int8")
        frame["c4"] = frame["c4"] > 0
        expected = self.model.predict(frame.astype("float32").to_numpy())
        np.testing.assert_array_equal(self.model.predict(frame), expected)

    def test_texts_are_refused_by_name(self):
        frame = pandas.DataFrame({f"c{i}": ["a", "b"] for i in range(10)})
        for x in (frame, np.full((2, 10), "a"), np.full((2, 10), 1j)):
            with self.assertRaisesRegex((TypeError, ValueError),
                                        f"{self.model.input_names[0]}.*numbers"):
                self.model.predict(x)

    def test_a_data_set_of_hdf5_is_read_part_by_part(self):
        with tempfile.TemporaryDirectory() as folder:
            with h5py.File(os.path.join(folder, "rows.h5"), "w") as file:
                file["x"] = ROWS
                self.assert_whole(file["x"])

    def test_batches_of_every_kind(self):
        batches = [(ROWS[i:i + 300], None) for i in range(0, 1000, 300)]
        self.assert_whole(x for x, _ in batches)
        self.assert_whole(iter(batches))
        self.assert_whole([x, None] for x, _ in batches)
        self.assert_whole({self.model.input_names[0]: x} for x, _ in batches)
        self.assert_whole(Dataset(batches))
        self.assert_whole(PyDataset(300))
        self.assert_whole(iter(ROWS))  # Single samples, put together.
        self.assert_whole(pandas.DataFrame(x) for x, _ in batches)

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "rows.npy"
            np.save(path, ROWS)
            self.assert_whole(path)
            np.savez(path.with_suffix(".npz"), **{self.model.input_names[0]: ROWS})
            self.assert_whole(str(path.with_suffix(".npz")))
            parts = list(self.model.predict_stream(path, batch_size=400))
            self.assertEqual([len(part) for part in parts], [400, 400, 200])
            np.testing.assert_array_equal(np.concatenate(parts), self.whole)
        with self.assertRaises(FileNotFoundError):
            self.model.predict(path)

    def test_steps_end_it_early(self):
        self.assertEqual(len(self.model.predict(ROWS, batch_size=100, steps=3)), 300)
        self.assertEqual(len(self.model.predict(ROWS, batch_size=300, steps=9)), 1000)
        endless = (ROWS[:50] for _ in iter(int, 1))
        self.assertEqual(len(self.model.predict(endless, steps=4)), 200)

    def test_nothing_gives_nothing(self):
        self.assertEqual(self.model.predict(iter([])).shape, (0, 1))
        self.assertEqual(self.model.predict(ROWS[:0]).shape, (0, 1))

    def test_results_of_unknown_length_go_where_they_are_told(self):
        def batches():
            return (ROWS[i:i + 70] for i in range(0, 1000, 70))

        room = np.empty((2000, 1), "float32")
        y = self.model.predict(batches(), out=room)
        self.assertTrue(np.shares_memory(y, room))
        np.testing.assert_array_equal(y, self.whole)
        with self.assertRaisesRegex(ValueError, "900 rows"):
            self.model.predict(batches(), out=room[:900])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "y.npy")
            self.model.predict(batches(), out=path)
            np.testing.assert_array_equal(np.load(path), self.whole)
            self.model.predict(ROWS, out=path)
            np.testing.assert_array_equal(np.load(path), self.whole)

    def test_wrong_batches_are_named(self):
        with self.assertRaisesRegex(ValueError, "no array for the input"):
            self.model.predict({"other": ROWS})
        with self.assertRaisesRegex(ValueError, r"given \(2, 1000, 10\)"):
            self.model.predict([ROWS, ROWS])
        with self.assertRaisesRegex(ValueError, "at least 1"):
            self.model.predict(ROWS, batch_size=0)


class Stream(unittest.TestCase):
    def setUp(self):
        self.model = weir.load_model(EXAMPLES / "digits" / "digits.keras", threads=2)

    def test_samples_and_batches_are_told_apart(self):
        for items, sizes in ((IMAGES[:70], [32, 32, 6]),            # (8, 8, 1) each
                             (IMAGES[:70, ..., 0], [32, 32, 6]),    # without the last axis
                             ((IMAGES[:9], IMAGES[:4]), [9, 4]),
                             ((IMAGES[:9, ..., 0], IMAGES[:4, ..., 0]), [9, 4])):
            with self.subTest(sizes=sizes, shape=items[0].shape):
                stream = self.model.predict_stream(iter(items))
                self.assertEqual([len(y) for y in stream], sizes)

    def test_skips_what_does_not_fit(self):
        items = [IMAGES[:3], np.zeros((3, 9, 9, 1)), np.full((3, 8, 8, 1), "a"), IMAGES[:5]]
        with self.assertLogs("weir", "WARNING") as logged:
            sizes = [len(y) for y in self.model.predict_stream(items, on_error="skip")]
        self.assertEqual(sizes, [3, 5])
        self.assertEqual(len(logged.output), 2)
        with self.assertRaises(ValueError):
            list(self.model.predict_stream(items))

    def test_arguments_are_checked_at_once(self):
        for options in ({"on_error": "ignore"}, {"prefetch": 0}, {"batch_size": 0}):
            with self.assertRaises(ValueError):
                self.model.predict_stream(IMAGES, **options)


if __name__ == "__main__":
    unittest.main()
