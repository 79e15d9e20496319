# verdict: leak
# cause: model_rebuild, retained_outputs
"""Two causes: a clone for every step, and every output kept."""

import keras
import numpy as np

base = keras.Sequential([keras.Input((64,)), keras.layers.Dense(256), keras.layers.Dense(2000)])
rows = np.ones((100, 64), "float32")
outputs, clones = [], []
for step in range(40):
    clone = keras.models.clone_model(base)  # culprit
    clones.append(clone)
    outputs.append(clone.predict(rows, verbose=0))  # culprit
