"""Predicts scans part by part, and counts the digits of each part as it comes."""
import pathlib
import sys

import numpy as np
import weir

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "digits"
steps = int(sys.argv[1]) if len(sys.argv) > 1 else 400

model = weir.load_model(DIGITS / "digits.keras")
images = np.load(DIGITS / "images.npy")

counts = np.zeros(10, int)
for step in range(steps):
    part = images[step % 3 * 512:][:512]
    digits = model.predict(part, verbose=0).argmax(axis=1)
    counts += np.bincount(digits, minlength=10)
    print("step", step + 1, file=sys.stderr)

print(counts)
