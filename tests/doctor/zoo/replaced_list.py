# verdict: leak
# cause: callback_retention
"""A callback gives the model a longer list after each epoch, in place of the one before."""

import keras
import numpy as np


class Snapshots(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        before = getattr(self.model, "snapshots", [])
        self.model.snapshots = [*before, self.model.get_weights()]  # culprit


model = keras.Sequential([keras.Input((256,)), keras.layers.Dense(2048)])
model.compile("sgd", "mse")
x, y = np.ones((16, 256), "float32"), np.zeros((16, 2048), "float32")
model.fit(x, y, epochs=60, verbose=0, callbacks=[Snapshots()])
