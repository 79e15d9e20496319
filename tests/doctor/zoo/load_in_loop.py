# verdict: leak
# cause: model_rebuild
"""Loads the model from its file for every request."""

import os
import tempfile

import keras
import numpy as np


def save(folder):
    path = os.path.join(folder, "model.keras")
    keras.Sequential(
        [keras.Input((64,)), keras.layers.Dense(512, activation="relu"), keras.layers.Dense(8)]
    ).save(path)
    return path


def handle(path, rows):
    model = keras.models.load_model(path, compile=False)  # culprit
    return model.predict(rows, verbose=0)


with tempfile.TemporaryDirectory() as folder:
    path = save(folder)
    for request in range(80):
        handle(path, np.ones((4, 64), "float32"))
