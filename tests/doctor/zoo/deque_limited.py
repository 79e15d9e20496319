# verdict: level
# cause: none
"""Keeps the last 20 outputs and every loss: level for every purpose."""

import collections

import keras
import numpy as np

model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1024)])
recent = collections.deque(maxlen=20)
means = []
rng = np.random.default_rng(0)
for step in range(120):
    scores = model.predict(rng.normal(size=(64, 64)).astype("float32"), verbose=0)
    recent.append(scores)
    means.append(float(scores.mean()))
print(f"{np.mean(means):.3f}")
