# verdict: leak
# cause: retained_outputs
"""A closure that remembers all it has seen, to give a running mean."""

import keras
import numpy as np


def running_mean():
    seen = []

    def update(values):
        seen.append(values)  # culprit
        return np.mean([float(v[0, 0]) for v in seen[-10:]])

    return update


model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(4096)])
mean = running_mean()
for step in range(200):
    rows = np.full((8, 16), step / 100, "float32")
    mean(model(rows, training=False).numpy())
