# verdict: leak
# cause: callback_retention
"""A callback that keeps the outputs of every batch of one long predict."""

import keras
import numpy as np


class KeepOutputs(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.kept = []

    def on_predict_batch_end(self, batch, logs=None):
        self.kept.append(logs["outputs"])  # culprit


model = keras.Sequential([keras.Input((32,)), keras.layers.Dense(64), keras.layers.Dense(1000)])


def batches():
    rng = np.random.default_rng(0)
    for _ in range(400):
        yield (rng.normal(size=(64, 32)).astype("float32"),)


for outputs in [model.predict(batches(), verbose=0, callbacks=[KeepOutputs()])]:
    print(outputs.shape)
