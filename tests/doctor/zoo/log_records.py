# verdict: leak
# cause: retained_outputs
"""A handler of logging that keeps records, with the arrays that were logged."""

import logging

import keras
import numpy as np


class Memory(logging.Handler):
    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)  # culprit


log = logging.getLogger("serve")
log.setLevel(logging.INFO)
log.propagate = False
log.addHandler(Memory())

model = keras.Sequential([keras.Input((32,)), keras.layers.Dense(2048)])
rows = np.ones((16, 32), "float32")
for step in range(200):
    scores = model.predict_on_batch(rows)
    log.info("scores of step %d: %s", step, scores)
