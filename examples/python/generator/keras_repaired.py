"""Predicts what a generator yields, and counts the digits, batch by batch."""
import pathlib
import sys

import keras
import numpy as np

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "digits"
steps = int(sys.argv[1]) if len(sys.argv) > 1 else 3000

model = keras.models.load_model(DIGITS / "digits.keras")
images = np.load(DIGITS / "images.npy")


def batches():
    for step in range(steps):
        yield (images[step % 7 * 256:][:256],)
        print("step", step + 1, file=sys.stderr)


counts = np.zeros(10, int)
for (x,) in batches():
    counts += np.bincount(model.predict_on_batch(x).argmax(axis=1), minlength=10)
print(counts)
