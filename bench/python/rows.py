#!/usr/bin/env python3
"""Ten million rows in one call: Weir beside tf.function, in turns, in one process.

    rows.py MODEL           prints JSON: seconds of each, in every round

tf.function gets the rows in batches of the size that suits it best, and is not charged for putting
the results together.
"""
import json
import sys
import time

import numpy as np
import weir

ROUNDS = 3
ROWS = 10_000_000
BATCHES = (32, 1024, 16384, 262144)
# Small batches would take minutes: of them a part is measured.
MOST_CALLS = 2000


def tf_function(path):
    import keras
    import tensorflow as tf

    model = keras.models.load_model(path, compile=False)
    return tf.function(lambda x: model(x, training=False), reduce_retracing=True)


def seconds_in_batches(function, x, size):
    calls = min(MOST_CALLS, len(x) // size)
    start = time.perf_counter()
    for first in range(0, calls * size, size):
        function(x[first:first + size]).numpy()
    return (time.perf_counter() - start) * len(x) / (calls * size)


def main():
    x = np.random.default_rng(1).normal(size=(ROWS, 10)).astype("float32")
    model = weir.load_model(sys.argv[1], threads=2)
    function = tf_function(sys.argv[1])
    for size in BATCHES:
        function(x[:size])
    times = {"weir": [], **{f"tf.function, {size}": [] for size in BATCHES}}
    for _ in range(ROUNDS):
        start = time.perf_counter()
        model.predict(x, verbose=0)
        times["weir"].append(time.perf_counter() - start)
        for size in BATCHES:
            times[f"tf.function, {size}"].append(seconds_in_batches(function, x, size))
    print(json.dumps(times))


if __name__ == "__main__":
    main()
