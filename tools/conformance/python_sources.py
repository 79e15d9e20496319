#!/usr/bin/env python3
"""The Python package beside the real things that the tests have stand-ins for: models, callbacks and
data sets of Keras, TensorFlow's tensors and `tf.data`, torch's tensors and `DataLoader`.

    python_sources.py       needs the package and what requirements.txt lists
"""
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import unittest

import keras
import numpy as np
import tensorflow as tf
import torch
import weir

ROWS = np.random.default_rng(1).normal(size=(500, 10)).astype("float32")


def new_model():
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((10,)), keras.layers.Dense(16, activation="gelu"),
                             keras.layers.Dense(3, activation="softmax")])


class Sources(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keras_model = new_model()
        cls.model = weir.from_keras(cls.keras_model)
        cls.expected = cls.keras_model.predict(ROWS, verbose=0)

    def assert_expected(self, x, **options):
        y = self.model.predict(x, verbose=0, **options)
        np.testing.assert_allclose(y, self.expected, rtol=1e-4, atol=1e-6)

    def test_a_model_from_memory(self):
        self.assert_expected(ROWS)
        self.assertEqual(self.model.output_shape, self.keras_model.output_shape)

    def test_tensors(self):
        self.assert_expected(tf.constant(ROWS))
        self.assert_expected(torch.from_numpy(ROWS))
        self.assert_expected(torch.from_numpy(ROWS).requires_grad_())
        self.assert_expected([tf.constant(ROWS)])
        half = torch.from_numpy(ROWS).to(torch.bfloat16)
        wide = self.model.predict(half.float().numpy())
        np.testing.assert_array_equal(self.model.predict(half), wide)
        np.testing.assert_array_equal(self.model.predict(tf.cast(ROWS, tf.bfloat16)), wide)

    def test_tf_data(self):
        data = tf.data.Dataset.from_tensor_slices((ROWS, np.zeros(500)))
        self.assert_expected(data.batch(64).prefetch(2))
        self.assert_expected(data)  # Single samples.
        sizes = [len(y) for y in self.model.predict_stream(data.batch(200))]
        self.assertEqual(sizes, [200, 200, 100])

    def test_data_loader(self):
        rows = torch.utils.data.TensorDataset(torch.from_numpy(ROWS), torch.zeros(500))
        self.assert_expected(torch.utils.data.DataLoader(rows, batch_size=64))

    def test_py_dataset(self):
        class Parts(keras.utils.PyDataset):
            def __len__(self):
                return 5

            def __getitem__(self, number):
                return ROWS[number * 100:(number + 1) * 100], np.zeros(100)

        self.assert_expected(Parts())

    def test_callbacks(self):
        seen = []

        class Monitor(keras.callbacks.Callback):
            def on_predict_batch_end(self, batch, logs=None):
                seen.append(logs["outputs"].numpy().copy())
                assert self.model is not None

        self.assert_expected(ROWS, callbacks=[Monitor()], batch_size=100)
        np.testing.assert_allclose(np.concatenate(seen), self.expected, rtol=1e-4, atol=1e-6)
        self.assert_expected(ROWS, callbacks=keras.callbacks.CallbackList([Monitor()]))

    def test_progress_is_counted(self):
        bar = keras.callbacks.ProgbarLogger()
        self.assert_expected(ROWS, callbacks=[bar], batch_size=100)


if __name__ == "__main__":
    unittest.main()
