"""Predicts scans through a tf.data pipeline, set up as for training, and counts the digits."""
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
    return scans.map(lambda scan: tf.cast(scan, tf.float32)).batch(64).cache().prefetch(2)


digits = model.predict(pipeline(), verbose=0).argmax(axis=1)
print(np.bincount(digits, minlength=10))
