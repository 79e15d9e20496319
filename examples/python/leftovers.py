"""Counts what a call of Keras leaves behind: graphs that it traced, and objects in reference cycles.
These keep their memory, and TensorFlow's behind them, until Python's collector runs.

    leftovers.py
"""
import gc
import pathlib

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.func_graph import FuncGraph

DIGITS = pathlib.Path(__file__).resolve().parents[1] / "digits"
CALLS = 10


class Traces:
    """Counts the graphs that TensorFlow makes."""

    def __init__(self):
        self.count = 0
        begin = FuncGraph.__init__

        def counted(graph, *arguments, **options):
            self.count += 1
            begin(graph, *arguments, **options)

        FuncGraph.__init__ = counted


def leftovers(call, traces):
    """Of one call: graphs traced, objects in cycles, objects that a collection does not free."""
    for _ in range(2):  # The first ones trace what later ones use again.
        call()
    gc.collect()
    gc.disable()
    graphs, objects = traces.count, len(gc.get_objects())
    for _ in range(CALLS):
        call()
    graphs = traces.count - graphs
    cycles = gc.collect()
    stay = len(gc.get_objects()) - objects
    gc.enable()
    return graphs / CALLS, cycles / CALLS, stay / CALLS


def main():
    model = keras.models.load_model(DIGITS / "digits.keras")
    part = np.load(DIGITS / "images.npy")[:512]

    def pipeline():
        scans = tf.data.Dataset.from_tensor_slices(part)
        return scans.map(lambda scan: tf.cast(scan, tf.float32)).batch(64).prefetch(2)

    traces = Traces()
    for name, call in (
            ("model.predict(part)", lambda: model.predict(part, verbose=0)),
            ("model.predict(pipeline())", lambda: model.predict(pipeline(), verbose=0)),
            ("list(pipeline())", lambda: list(pipeline())),
            ("model.predict_on_batch(part)", lambda: model.predict_on_batch(part))):
        print(name, "traces {:.1f} graphs, {:.0f} objects in cycles, {:.1f} stay".format(
            *leftovers(call, traces)))


if __name__ == "__main__":
    main()
