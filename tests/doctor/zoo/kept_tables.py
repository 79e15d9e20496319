# verdict: leak
# cause: retained_outputs
"""Lookup tables in a list: Python sees their keys, but the table itself is a resource of TensorFlow."""

import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((32,)), keras.layers.Dense(2048)])
tables = []
for step in range(150):
    keys = tf.constant(np.arange(20_000, dtype="int64") + step)
    initializer = tf.lookup.KeyValueTensorInitializer(keys, keys)
    tables.append(tf.lookup.StaticHashTable(initializer, -1))  # culprit
    model.predict_on_batch(np.ones((16, 32), "float32"))
