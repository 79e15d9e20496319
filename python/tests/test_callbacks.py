"""Callbacks: called as Keras calls them, and named when they keep what they are shown."""
import collections
import pathlib
import unittest
import warnings

import numpy as np
import weir

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "examples" / "digits"
IMAGES = np.load(DIGITS / "images.npy")[:320]


class Recorder:
    def __init__(self):
        self.calls = []

    def set_params(self, params):
        self.calls.append("params")

    def set_model(self, model):
        self.model = model
        self.calls.append("model")

    def on_predict_begin(self, logs=None):
        self.calls.append("begin")

    def on_predict_batch_begin(self, batch, logs=None):
        self.calls.append(("batch begin", batch))

    def on_predict_batch_end(self, batch, logs=None):
        self.calls.append(("batch end", batch, logs["outputs"].shape))

    def on_predict_end(self, logs=None):
        self.calls.append("end")


class Keeper:
    """Keeps what it is shown in the way it is told."""

    def __init__(self, room, keep):
        self.room = room
        self.keep = keep

    def on_predict_batch_end(self, batch, logs=None):
        self.keep(self.room, batch, logs["outputs"])


class Callbacks(unittest.TestCase):
    def setUp(self):
        self.model = weir.load_model(DIGITS / "digits.keras", threads=2)
        self.whole = self.model.predict(IMAGES)

    def predict(self, *callbacks):
        """Returns the warnings."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            y = self.model.predict(IMAGES, callbacks=list(callbacks), verbose=0)
        np.testing.assert_array_equal(y, self.whole)
        return [str(one.message) for one in caught
                if issubclass(one.category, weir.RetentionWarning)]

    def test_are_called_in_keras_order(self):
        recorder = Recorder()
        self.assertEqual(self.predict(recorder), [])
        self.assertEqual(recorder.calls[:5], ["params", "model", "begin", ("batch begin", 0),
                                              ("batch end", 0, (32, 10))])
        self.assertEqual(recorder.calls[-1], "end")
        self.assertEqual(len(recorder.calls), 4 + 2 * 10)
        self.assertIs(recorder.model, self.model)

    def test_objects_with_some_of_the_methods_will_do(self):
        seen = []
        self.predict(Keeper(seen, lambda seen, _, y: seen.append(float(y.numpy().sum()))), object())
        self.assertAlmostEqual(sum(seen), len(IMAGES), places=2)

    def test_batch_size_is_what_they_are_shown(self):
        sizes = []
        self.model.predict(IMAGES, batch_size=100, verbose=0, callbacks=[
            Keeper(sizes, lambda sizes, _, y: sizes.append(len(y)))])
        self.assertEqual(sizes, [100, 100, 100, 20])

    def test_one_that_keeps_outputs_is_named_once(self):
        keeper = Keeper([], lambda room, _, y: room.append(y))
        said = self.predict(keeper) + self.predict(keeper)
        self.assertEqual(len(said), 1)
        self.assertIn("Keeper.room", said[0])
        self.assertIn("1,280 bytes a batch", said[0])
        np.testing.assert_array_equal(np.concatenate(keeper.room[:10]), self.whole)
        self.assertEqual(self.model.kept_by_callbacks, [("Keeper", "room", 20 * 1280)])
        keeper.room.clear()
        self.assertEqual(self.model.kept_by_callbacks, [])

    def test_views_count_and_containers_are_found(self):
        rows = Keeper({"y": []}, lambda room, _, y: room["y"].append(y[3]))
        self.assertIn("Keeper.room['y']", self.predict(rows)[0])
        pairs = Keeper(collections.deque(), lambda room, batch, y: room.append((batch, y)))
        self.assertIn("Keeper.room", self.predict(pairs)[0])

    def test_the_last_batch_may_be_kept(self):
        self.assertEqual(self.predict(Keeper({}, lambda room, _, y: room.update(last=y))), [])

    def test_copies_are_nobodys_business(self):
        self.assertEqual(self.predict(Keeper([], lambda room, _, y: room.append(y.copy()))), [])

    def test_of_two_the_one_that_keeps_is_named(self):
        class Innocent(Recorder):
            pass

        said = self.predict(Innocent(), Keeper([], lambda room, _, y: room.append(y)), Innocent())
        self.assertEqual(len(said), 1)
        self.assertIn("Keeper", said[0])

    def test_stop_predicting_ends_it_after_the_batch(self):
        class Stopper:
            def set_model(self, model):
                self.model = model

            def on_predict_batch_end(self, batch, logs=None):
                self.model.stop_predicting = batch == 2

        y = self.model.predict(IMAGES, callbacks=[Stopper()], verbose=0)
        np.testing.assert_array_equal(y, self.whole[:96])

    def test_what_they_raise_is_raised(self):
        def fail(*_):
            raise KeyError("mine")

        with self.assertRaises(KeyError):
            self.predict(Keeper(None, fail))
        self.assertEqual(self.predict(), [])


if __name__ == "__main__":
    unittest.main()
