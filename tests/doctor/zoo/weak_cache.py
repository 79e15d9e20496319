# verdict: level
# cause: none
"""A cache by weak references: an entry goes when the last user of its result does."""

import weakref

import keras
import numpy as np

model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(20_000)])
cache = weakref.WeakValueDictionary()


class Result:
    def __init__(self, outputs):
        self.outputs = outputs


def lookup(key):
    result = cache.get(key)
    if result is None:
        result = cache[key] = Result(model.predict_on_batch(np.full((4, 16), key, "float32")))
    return result


last = []
for step in range(400):
    last.append(lookup(step))
    del last[:-5]
