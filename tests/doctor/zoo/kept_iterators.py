# verdict: leak
# cause: retained_outputs
"""Iterators of pipelines in a list: all that Python sees of each is small, but the data are behind it."""

import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((32,)), keras.layers.Dense(2048)])
images = np.ones((64, 2048), "float32")
iterators = []
for step in range(150):
    pipeline = tf.data.Dataset.from_tensor_slices(images).batch(16)
    iterators.append(iter(pipeline))  # culprit
    model.predict_on_batch(np.ones((16, 32), "float32"))
