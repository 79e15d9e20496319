# verdict: leak
# cause: retained_outputs
"""An lru_cache without a limit around the model."""

import functools

import keras
import numpy as np

model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(20_000)])


@functools.lru_cache(maxsize=None)  # culprit
def embedding(key):
    rows = np.frombuffer(key, "float32").reshape(1, 8)
    return model(rows).numpy()


for step in range(300):
    embedding(np.full(8, step, "float32").tobytes())
