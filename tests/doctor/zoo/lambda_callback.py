# verdict: leak
# cause: callback_retention
"""A LambdaCallback of tf-keras 2 that fills a list of the module."""

import numpy as np
import tf_keras

model = tf_keras.Sequential(
    [tf_keras.layers.Input((32,)), tf_keras.layers.Dense(64), tf_keras.layers.Dense(512)]
)
kept = []


def keep(batch, logs):
    kept.append(logs["outputs"])  # culprit


callback = tf_keras.callbacks.LambdaCallback(on_predict_batch_end=keep)
rows = np.ones((256, 32), "float32")
for step in range(80):
    model.predict(rows, verbose=0, callbacks=[callback])
