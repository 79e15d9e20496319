# verdict: leak
# cause: retracing
"""A tf.function of a new lambda in every step, each kept by a table of handlers."""

import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((32,)), keras.layers.Dense(256), keras.layers.Dense(10)])
rows = tf.constant(np.ones((8, 32), "float32"))

handlers = {}
for step in range(100):
    handlers[step] = tf.function(lambda x: tf.nn.softmax(model(x)))
    handlers[step](rows)  # culprit
