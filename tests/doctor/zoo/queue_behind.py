# verdict: leak
# cause: unbounded_queue
"""A thread that reads ahead of the model, without a limit."""

import queue
import threading
import time

import keras
import numpy as np

model = keras.Sequential([keras.Input((4096,)), keras.layers.Dense(16)])
batches = queue.Queue()


def produce():
    rng = np.random.default_rng(0)
    for _ in range(1500):
        batches.put(rng.normal(size=(16, 4096)).astype("float32"))  # culprit
        time.sleep(0.004)


threading.Thread(target=produce, daemon=True).start()
for step in range(100):
    model.predict(batches.get(), verbose=0)
