# verdict: leak
# cause: retained_outputs
"""Calls for the end of an object that lives as long as the program."""

import weakref

import keras
import numpy as np


class Session:
    pass


def archive(scores):
    print(scores.shape)


session = Session()
model = keras.Sequential([keras.Input((32,)), keras.layers.Dense(2048)])
rows = np.ones((16, 32), "float32")
for step in range(200):
    scores = model.predict_on_batch(rows)
    weakref.finalize(session, archive, scores)  # culprit
