"""`weir.Model`: Keras's `predict`, its errors, and what threads, forks and pickles make of it."""
import os
import pathlib
import pickle
import threading
import unittest

import numpy as np
import weir

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "examples" / "digits"
IMAGES = np.load(DIGITS / "images.npy")
EXPECTED = np.load(DIGITS / "expected.npy")
TOLERANCE = 1e-4


class Predict(unittest.TestCase):
    def setUp(self):
        self.model = weir.load_model(DIGITS / "digits.keras", threads=2)

    def assert_expected(self, y, rows=slice(None)):
        np.testing.assert_allclose(y, EXPECTED[rows], atol=TOLERANCE)

    def test_gives_what_keras_gives(self):
        self.assert_expected(self.model.predict(IMAGES))

    def test_gives_the_same_bits_for_any_batch(self):
        whole = self.model.predict(IMAGES)
        for size in (1, 7, 32, 100):
            parts = [self.model.predict_on_batch(IMAGES[i:i + size])
                     for i in range(0, 300, size)]
            np.testing.assert_array_equal(np.concatenate(parts)[:300], whole[:300])
        np.testing.assert_array_equal(self.model(IMAGES[:1]), whole[:1])

    def test_takes_other_types_and_orders(self):
        for x in (IMAGES.astype("float64"), np.asfortranarray(IMAGES), list(IMAGES[:40]),
                  IMAGES[::-1][::-1], memoryview(np.ascontiguousarray(IMAGES[:3]))):
            rows = slice(len(x))
            self.assert_expected(self.model.predict(x), rows)

    def test_takes_inputs_by_name_and_in_a_list(self):
        name, = self.model.input_names
        self.assert_expected(self.model.predict({name: IMAGES}))
        self.assert_expected(self.model.predict([IMAGES]))

    def test_writes_where_it_is_told(self):
        room = np.empty_like(EXPECTED)
        self.assertIs(self.model.predict(IMAGES, out=room), room)
        self.assert_expected(room)
        with self.assertRaisesRegex(ValueError, r"out=.*\(1797, 10\)"):
            self.model.predict(IMAGES, out=np.empty((3, 10), "float32"))

    def test_no_rows_give_none(self):
        self.assertEqual(self.model.predict(IMAGES[:0]).shape, (0, 10))

    def test_wrong_shapes_are_value_errors_that_name_the_input(self):
        for x in (np.zeros((1, 8, 9, 1), "float32"), np.zeros((40, 8, 9, 1), "float32")):
            with self.assertRaisesRegex(ValueError, f"{self.model.input_names[0]}.*8, 9, 1"):
                self.model.predict(x)
        with self.assertRaisesRegex(ValueError, "first axis is the batch"):
            self.model.predict(np.zeros((8, 8, 1), "float32"))

    def test_errors_are_pythons_own_and_weirs(self):
        for name, kind in (("missing.keras", FileNotFoundError), ("images.npy", ValueError)):
            with self.assertRaises(kind) as caught:
                weir.load_model(DIGITS / name)
            self.assertIsInstance(caught.exception, weir.Error)
            self.assertTrue(caught.exception.file.endswith(name))
        with self.assertRaises(MemoryError):
            weir.load_model(DIGITS / "digits.keras", memory_limit="1MiB")

    def test_many_threads_give_the_same_bits(self):
        whole = self.model.predict(IMAGES)
        results = {}

        def work(number):
            results[number] = [self.model.predict(IMAGES[i:i + 3]) for i in range(0, 600, 3)]

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for parts in results.values():
            np.testing.assert_array_equal(np.concatenate(parts), whole[:600])

    def test_the_child_of_a_fork_predicts(self):
        whole = self.model.predict(IMAGES)
        child = os.fork()
        if child == 0:
            same = np.array_equal(self.model.predict(IMAGES), whole)
            os._exit(0 if same else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_a_pickle_carries_path_and_options(self):
        again = pickle.loads(pickle.dumps(self.model))
        self.assert_expected(again.predict(IMAGES))
        self.assertEqual(again.plan().threads, 2)

    def test_rounds_weights_where_asked_for(self):
        whole = self.model.plan().weights_bytes
        for dtype, part, tolerance in (("bfloat16", 0.6, 0.02), ("int8", 0.4, 0.05)):
            model = weir.load_model(DIGITS / "digits.keras", weights_dtype=dtype)
            self.assertEqual(model.plan().weights_dtype, dtype)
            self.assertLess(model.plan().weights_bytes, part * whole)
            rounded = model.predict(IMAGES)
            np.testing.assert_allclose(rounded, EXPECTED, atol=tolerance)
            self.assertGreater(np.abs(rounded - EXPECTED).max(), TOLERANCE)
            again = pickle.loads(pickle.dumps(model))
            np.testing.assert_array_equal(again.predict(IMAGES), rounded)
        with self.assertRaises(ValueError):
            weir.load_model(DIGITS / "digits.keras", weights_dtype="float16")

    def test_plan_says_what_memory_it_takes(self):
        plan = self.model.plan()
        self.assertGreater(plan.arena_bytes, 0)
        self.assertGreaterEqual(plan.peak_bytes, plan.baseline_bytes + plan.weights_bytes)

    def test_names_and_shapes_are_keras_ones(self):
        self.assertEqual(self.model.input_shape, (None, 8, 8, 1))
        self.assertEqual(self.model.output_shape, (None, 10))

    def test_closed_model_says_so(self):
        self.model.close()
        for x in (IMAGES[:1], IMAGES):
            with self.assertRaisesRegex(ValueError, "closed"):
                self.model.predict(x)


if __name__ == "__main__":
    unittest.main()
