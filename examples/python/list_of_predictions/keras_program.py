"""Predicts scans part by part, keeps all predictions, and counts the digits at the end."""
import pathlib
import sys

import keras
import numpy as np

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "digits"
steps = int(sys.argv[1]) if len(sys.argv) > 1 else 400

model = keras.models.load_model(DIGITS / "digits.keras")
images = np.load(DIGITS / "images.npy")

predictions = []
for step in range(steps):
    part = images[step % 3 * 512:][:512]
    predictions.append(model.predict(part, verbose=0))
    print("step", step + 1, file=sys.stderr)

digits = np.concatenate(predictions).argmax(axis=1)
print(np.bincount(digits, minlength=10))
