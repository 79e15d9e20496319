"""Predicts scans part by part, each through a tf.data pipeline, and counts the digits."""
import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "digits"
steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300

model = keras.models.load_model(DIGITS / "digits.keras")
images = np.load(DIGITS / "images.npy")


def pipeline(part):
    scans = tf.data.Dataset.from_tensor_slices(part)
    return scans.map(lambda scan: tf.cast(scan, tf.float32)).batch(64).prefetch(2)


counts = np.zeros(10, int)
for step in range(steps):
    part = images[step % 3 * 512:][:512]
    digits = model.predict(pipeline(part), verbose=0).argmax(axis=1)
    counts += np.bincount(digits, minlength=10)
    print("step", step + 1, file=sys.stderr)

print(counts)
