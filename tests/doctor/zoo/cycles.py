# verdict: lag
# cause: gc_lag
"""Each step makes a cycle that holds its output; the collector comes by seldom."""

import gc

import keras
import numpy as np


class Request:
    def __init__(self, scores):
        self.scores = scores
        self.reply = Reply(self)


class Reply:
    def __init__(self, request):
        self.request = request


gc.set_threshold(50_000, 20, 20)
model = keras.Sequential([keras.Input((32,)), keras.layers.Dense(8192)])
rows = np.ones((16, 32), "float32")
for step in range(300):
    Request(model(rows).numpy())
