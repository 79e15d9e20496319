# verdict: level
# cause: none
"""Keeps nothing but a sum."""

import keras
import numpy as np

model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(256), keras.layers.Dense(128)])
batch = np.random.default_rng(0).normal(size=(512, 64)).astype("float32")
total = 0.0

for step in range(80):
    scores = model.predict(batch, verbose=0)
    total += float(scores.sum())
print(f"{total:.1f}")
