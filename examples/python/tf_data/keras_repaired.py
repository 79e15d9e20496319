"""Predicts scans through one tf.data pipeline, batch by batch, and counts the digits."""
import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "digits"
steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1000

model = keras.models.load_model(DIGITS / "digits.keras")
images = np.load(DIGITS / "images.npy")


def parts():
    for step in range(steps):
        yield images[step % 3 * 512:][:512]
        print("step", step + 1, file=sys.stderr)


def pipeline():
    part = tf.TensorSpec((512, 8, 8, 1), tf.uint8)
    scans = tf.data.Dataset.from_generator(parts, output_signature=part).unbatch()
    return scans.map(lambda scan: tf.cast(scan, tf.float32)).batch(64).prefetch(2)


counts = np.zeros(10, int)
for x in pipeline():
    counts += np.bincount(model.predict_on_batch(x).argmax(axis=1), minlength=10)
print(counts)
