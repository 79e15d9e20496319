# verdict: leak
# cause: retained_outputs
"""Keeps one row of each output: a view, which keeps all of it."""

import keras
import numpy as np

model = keras.Sequential([keras.Input((32,)), keras.layers.Dense(1000)])
rows = np.ones((128, 32), "float32")
first_rows = []
for step in range(100):
    scores = model.predict(rows, batch_size=128, verbose=0)
    first_rows.append(scores[0])  # culprit
