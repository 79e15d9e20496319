"""Forecasts values of a series, one call a value, and deletes what was used."""
import pathlib
import sys

import keras
import numpy as np

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "digits"
steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1000

model = keras.models.load_model(DIGITS / "dense.keras")
series = np.sin(np.arange(steps + 10) / 10)

error = 0.0
for step in range(steps):
    x = series[np.newaxis, step:step + 10]
    y = model.predict(x, verbose=0)
    error += abs(float(y[0, 0]) - series[step + 10])
    del x, y
    print("step", step + 1, file=sys.stderr)

print(f"mean error {error / steps:.4f}")
