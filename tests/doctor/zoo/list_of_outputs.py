# verdict: leak
# cause: retained_outputs
"""Keeps what every predict returns in a list."""

import keras
import numpy as np

model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(256), keras.layers.Dense(128)])
batch = np.random.default_rng(0).normal(size=(512, 64)).astype("float32")
results = []

for step in range(80):
    scores = model.predict(batch, verbose=0)
    results.append(scores)  # culprit
