# verdict: leak
# cause: retained_outputs
"""No framework: a loop that joins every result to one array."""

import time

import numpy as np


def measure(rng):
    time.sleep(0.02)
    return rng.normal(size=(20, 1000))


def main():
    rng = np.random.default_rng(0)
    history = np.zeros((0, 1000))
    for _ in range(400):
        history = np.concatenate([history, measure(rng)])  # culprit
    print(history.shape)


main()
