# verdict: leak
# cause: retained_outputs
"""A server object that keeps tensors in an attribute, filled by a method."""

import keras
import numpy as np


class Server:
    def __init__(self):
        self.model = keras.Sequential(
            [keras.Input((32,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(2000)]
        )
        self.history = {}

    def answer(self, number, rows):
        outputs = self.model(rows)
        self.remember(number, outputs)
        return outputs[0]

    def remember(self, number, outputs):
        self.history[number] = outputs  # culprit


def main():
    server = Server()
    rng = np.random.default_rng(0)
    for number in range(300):
        server.answer(number, rng.normal(size=(16, 32)).astype("float32"))


main()
