# verdict: peak
# cause: oversized_batch
"""All rows at once through wide layers: a peak, and level all the same."""

import keras
import numpy as np

model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(4096, activation="relu"),
        keras.layers.Dense(4),
    ]
)
rows = np.ones((24_000, 64), "float32")
for step in range(12):
    model(rows)  # culprit
