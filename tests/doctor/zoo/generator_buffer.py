# verdict: leak
# cause: retained_outputs
"""A generator for tf.data that keeps every row it has given, "to shuffle them later"."""

import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((4096,)), keras.layers.Dense(4)])
given = []


def rows():
    rng = np.random.default_rng(0)
    for _ in range(6000):
        row = rng.normal(size=4096).astype("float32")
        given.append(row)  # culprit
        yield row


data = tf.data.Dataset.from_generator(rows, output_signature=tf.TensorSpec((4096,), tf.float32))
for batch in data.batch(16):
    model.predict_on_batch(batch)
