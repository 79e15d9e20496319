# verdict: leak
# cause: retained_outputs
"""A thread for each request, which waits for something that never comes, and has the outputs."""

import threading

import keras
import numpy as np

model = keras.Sequential([keras.Input((32,)), keras.layers.Dense(2048)])
rows = np.ones((16, 32), "float32")
acknowledged = threading.Event()


def deliver(scores):
    acknowledged.wait()
    print(scores)


for step in range(150):
    scores = model.predict_on_batch(rows)
    threading.Thread(target=deliver, args=(scores,), daemon=True).start()  # culprit
