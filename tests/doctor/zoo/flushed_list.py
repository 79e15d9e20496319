# verdict: level
# cause: none
"""Collects outputs and writes them out every 25 steps."""

import os
import tempfile

import keras
import numpy as np

model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1024)])
rows = np.ones((64, 64), "float32")


def flush(pending, folder):
    np.save(os.path.join(folder, "part.npy"), np.concatenate(pending))
    pending.clear()


def main():
    pending = []
    with tempfile.TemporaryDirectory() as folder:
        for step in range(150):
            pending.append(model.predict_on_batch(rows))
            if len(pending) == 25:
                flush(pending, folder)


main()
