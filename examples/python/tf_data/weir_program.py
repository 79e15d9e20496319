"""Predicts scans through one tf.data pipeline, as a stream, and counts the digits.

    weir_program.py [STEPS [numpy]]     "numpy" does what the pipeline does without TensorFlow
"""
import pathlib
import sys

import numpy as np
import weir

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "digits"
steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1000

model = weir.load_model(DIGITS / "digits.keras")
images = np.load(DIGITS / "images.npy")


def parts():
    for step in range(steps):
        yield images[step % 3 * 512:][:512]
        print("step", step + 1, file=sys.stderr)


def pipeline():
    import tensorflow as tf

    part = tf.TensorSpec((512, 8, 8, 1), tf.uint8)
    scans = tf.data.Dataset.from_generator(parts, output_signature=part).unbatch()
    return scans.map(lambda scan: tf.cast(scan, tf.float32)).batch(64).prefetch(2)


def pipeline_of_numpy():
    for part in parts():
        yield from part.astype("float32").reshape(-1, 64, 8, 8, 1)


counts = np.zeros(10, int)
for y in model.predict_stream(pipeline_of_numpy() if "numpy" in sys.argv else pipeline()):
    counts += np.bincount(y.argmax(axis=1), minlength=10)
print(counts)
