# verdict: leak
# cause: callback_retention
"""A model of its own class that keeps activations in an attribute."""

import keras
import numpy as np


class Inspected(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(2048, activation="relu")
        self.last = keras.layers.Dense(4)
        self.activations = {}

    def call(self, inputs):
        hidden = self.hidden(inputs)
        self.activations[len(self.activations)] = hidden  # culprit
        return self.last(hidden)


model = Inspected()
rows = np.ones((16, 32), "float32")
for step in range(200):
    model(rows)
