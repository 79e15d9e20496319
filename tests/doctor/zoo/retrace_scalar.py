# verdict: leak
# cause: retracing
"""A tf.function that is given a Python number, a new one each step."""

import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((32,)), keras.layers.Dense(64), keras.layers.Dense(10)])


@tf.function
def scaled(rows, factor):
    return model(rows) * factor


rows = tf.constant(np.ones((8, 32), "float32"))
for step in range(120):
    scaled(rows, 1.0 + step / 100)  # culprit
