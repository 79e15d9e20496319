"""`predict_stream`: order, donated batches, and a reader that neither runs away nor stays behind."""
import pathlib
import threading
import time
import unittest
import weakref

import numpy as np
import weir

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "examples" / "digits"
IMAGES = np.load(DIGITS / "images.npy")


def eventually(holds):
    deadline = time.monotonic() + 10
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class Stream(unittest.TestCase):
    def setUp(self):
        self.model = weir.load_model(DIGITS / "digits.keras", threads=2)
        self.whole = self.model.predict(IMAGES)

    def batches(self, size=50):
        return (IMAGES[i:i + size] for i in range(0, len(IMAGES), size))

    def assert_whole(self, stream):
        np.testing.assert_array_equal(np.concatenate(list(stream)), self.whole)

    def test_gives_the_predictions_in_order(self):
        self.assert_whole(self.model.predict_stream(self.batches()))
        self.assert_whole(self.model.predict_stream(IMAGES, batch_size=100))
        self.assert_whole(self.model.predict_stream((x, None) for x in self.batches()))
        self.assert_whole(self.model.predict_stream({"image": x} for x in self.batches()))

    def test_puts_single_samples_together(self):
        sizes = [len(y) for y in self.model.predict_stream(iter(IMAGES[:70]), batch_size=32)]
        self.assertEqual(sizes, [32, 32, 6])
        self.assert_whole(self.model.predict_stream(iter(IMAGES)))

    def test_a_batch_that_nobody_keeps_is_used_again(self):
        # Of one buffer there is one weak reference, as long as both live; addresses come back.
        buffers = [weakref.ref(y.base) for y in self.model.predict_stream(self.batches())]
        self.assertGreater(len(buffers), 10)
        self.assertLessEqual(len({id(buffer) for buffer in buffers}), 2)

    def test_a_batch_that_is_kept_stays_as_it_is(self):
        kept = [y[3] for y in self.model.predict_stream(self.batches(10)) if len(y) > 3]
        np.testing.assert_array_equal(np.stack(kept), self.whole[3::10])

    def test_a_slow_consumer_lets_the_reader_wait(self):
        given = 0

        def source():
            nonlocal given
            for x in self.batches(10):
                given += 1
                yield x

        stream = self.model.predict_stream(source(), prefetch=3)
        next(stream)
        time.sleep(0.2)
        self.assertLessEqual(given, 1 + 3 + 1)
        stream.close()

    def test_closing_stops_the_reader(self):
        ended = threading.Event()

        def source():
            try:
                while True:
                    yield IMAGES[:10]
            finally:
                ended.set()

        stream = self.model.predict_stream(source())
        next(stream)
        stream.close()
        self.assertTrue(ended.wait(10))
        self.assertTrue(eventually(lambda: "weir reader" not in
                                   [thread.name for thread in threading.enumerate()]))

    def test_errors_of_the_source_are_the_consumers(self):
        def source():
            yield IMAGES[:10]
            raise KeyError("row")

        stream = self.model.predict_stream(source())
        self.assertEqual(len(next(stream)), 10)
        with self.assertRaises(KeyError):
            next(stream)

    def test_a_batch_that_does_not_fit_is_a_value_error(self):
        with self.assertRaisesRegex(ValueError, "image"):
            next(self.model.predict_stream([np.zeros((5, 8, 9, 1), "float32")]))


if __name__ == "__main__":
    unittest.main()
