# verdict: leak
# cause: model_rebuild
"""Builds a model for every request."""

import keras
import numpy as np


def build():
    return keras.Sequential(
        [keras.Input((128,)), keras.layers.Dense(512, activation="relu"), keras.layers.Dense(10)]
    )


rows = np.ones((4, 128), "float32")
kept = []
for request in range(40):
    model = build()  # culprit
    kept.append(model)
    model.predict(rows, verbose=0)
