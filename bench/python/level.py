#!/usr/bin/env python3
"""Memory over a million calls, or a stream of ten million samples.

    level.py MODEL calls|stream     prints JSON: resident bytes at 200 points after a warm-up, what
                                    tracemalloc saw grow, and the interpreter's own blocks
"""
import json
import pathlib
import sys
import tracemalloc

import numpy as np
import weir

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

from common.memory import resident_bytes  # noqa: E402

POINTS = 200
CALLS = 1_000_000
SAMPLES = 10_000_000
BATCH = 1000


def calls(model):
    """Yields after each call."""
    x = np.ones((1, 10), "float32")
    for _ in range(CALLS):
        model.predict(x, verbose=0)
        yield


def stream(model):
    """Yields after each batch."""
    random = np.random.default_rng(1)
    batches = (random.normal(size=(BATCH, 10)).astype("float32") for _ in range(SAMPLES // BATCH))
    for _ in model.predict_stream(batches):
        yield


def watch(steps, count):
    """Resident bytes along the way, without the first tenth."""
    every = count * 9 // 10 // POINTS
    series = np.zeros(POINTS, np.int64)
    at = 0
    for number, _ in enumerate(steps):
        since = number - count // 10
        if since >= 0 and since % every == 0 and at < POINTS:
            series[at] = resident_bytes()
            at += 1
    return series[:at].tolist()


def traced_growth(steps, count):
    """Bytes and blocks that are there after `count` steps and were not after a tenth of them."""
    tracemalloc.start()
    for number, _ in enumerate(steps):
        if number == count // 10:
            begin, blocks = tracemalloc.get_traced_memory()[0], sys.getallocatedblocks()
        if number == count - 1:
            end, last = tracemalloc.get_traced_memory()[0], sys.getallocatedblocks()
            break
    tracemalloc.stop()
    return end - begin, last - blocks


def main():
    model = weir.load_model(sys.argv[1], threads=2)
    steps, count = {"calls": (calls, CALLS), "stream": (stream, SAMPLES // BATCH)}[sys.argv[2]]
    traced, blocks = traced_growth(steps(model), min(count, 20_000))
    print(json.dumps({"resident": watch(steps(model), count), "steps": count,
                      "traced_growth": traced, "blocks_growth": blocks}))


if __name__ == "__main__":
    main()
