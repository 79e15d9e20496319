# verdict: level
# cause: none
"""An lru_cache with a limit: it fills up, and then stays as it is."""

import functools

import keras
import numpy as np

model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(10_000)])


@functools.lru_cache(maxsize=32)
def embedding(key):
    rows = np.frombuffer(key, "float32").reshape(1, 8)
    return model(rows).numpy()


for step in range(500):
    embedding(np.full(8, step, "float32").tobytes())
