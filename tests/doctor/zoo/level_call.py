# verdict: level
# cause: none
"""Calls a model of two inputs, with batches of many sizes."""

import keras
import numpy as np

a, b = keras.Input((16,)), keras.Input((16,))
joined = keras.layers.Concatenate()([a, keras.layers.Dense(16)(b)])
model = keras.Model([a, b], keras.layers.Dense(64)(joined))
rng = np.random.default_rng(0)
best = None
for step in range(400):
    rows = 1 + step % 17
    pair = [rng.normal(size=(rows, 16)).astype("float32") for _ in range(2)]
    scores = model(pair).numpy().max()
    best = scores if best is None else max(best, scores)
print(best > 0)
