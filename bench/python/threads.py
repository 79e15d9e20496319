#!/usr/bin/env python3
"""Four threads that call one model, beside one thread that makes the same calls, in turns; and a slow
consumer of a fast source.

    threads.py MODEL        prints JSON: calls a second of each in every round, whether the bits are
                            the same, and the most batches that were read ahead of the consumer
"""
import json
import sys
import threading
import time

import numpy as np
import weir

ROUNDS = 7
CALLERS = 4
SECONDS = 1.0
ROWS = 64
PREFETCH = 2


def in_threads(work, count):
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def calls_per_second(model, x, callers):
    done = [0] * callers
    end = time.perf_counter() + SECONDS

    def work(number):
        while time.perf_counter() < end:
            model.predict(x, verbose=0)
            done[number] += 1

    start = time.perf_counter()
    in_threads(work, callers)
    return sum(done) / (time.perf_counter() - start)


def same_bits(model, x):
    whole = model.predict(x, verbose=0)
    results = [None] * CALLERS

    def work(number):
        results[number] = [model.predict(x, verbose=0) for _ in range(200)]

    in_threads(work, CALLERS)
    return all(np.array_equal(y, whole) for part in results for y in part)


def most_read_ahead(model, x):
    given = taken = most = 0

    def source():
        nonlocal given
        while True:
            given += 1
            yield x

    stream = model.predict_stream(source(), prefetch=PREFETCH)
    for _ in stream:
        taken += 1
        time.sleep(0.005)
        most = max(most, given - taken)
        if taken == 200:
            break
    stream.close()
    return most


def main():
    model = weir.load_model(sys.argv[1], threads=2)
    shape = [ROWS if size is None else size for size in model.input_shape]
    x = np.random.default_rng(1).normal(size=shape).astype("float32")
    rates = {"one caller": [], "four callers": []}
    for _ in range(ROUNDS):
        rates["one caller"].append(calls_per_second(model, x, 1))
        rates["four callers"].append(calls_per_second(model, x, CALLERS))
    print(json.dumps({"rates": rates, "same_bits": same_bits(model, x),
                      "most_read_ahead": most_read_ahead(model, x), "prefetch": PREFETCH}))


if __name__ == "__main__":
    main()
