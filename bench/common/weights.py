"""Random weights with which answers are worth comparing: finite, and different from row to row.

Fresh weights of Keras are not like that: normalisations are the identity, layer scales are close to
nothing, and after twenty convolutions every class of every row is as likely as any other.
"""
import contextlib

import keras
import numpy as np
from keras import layers, ops

SPREADS = {"gamma": (0.8, 1.2), "beta": (-0.2, 0.2), "bias": (-0.1, 0.1)}


def randomize(model, rows, seed):
    """`rows` are like those that the model will see."""
    random = np.random.default_rng(seed)
    for layer in model._flatten_layers():
        for variable in layer._trainable_variables:
            if variable.name in SPREADS:
                variable.assign(random.uniform(*SPREADS[variable.name], variable.shape))
    settle_statistics(model, rows)
    spread_answers(model, rows)


def settle_statistics(model, rows):
    """Batch normalisations take the statistics of these rows."""
    found = [x for x in model._flatten_layers() if isinstance(x, layers.BatchNormalization)]
    if not found:
        return
    momenta = [layer.momentum for layer in found]
    for layer in found:
        layer.momentum = 0.0
    model(rows, training=True)
    for layer, momentum in zip(found, momenta):
        layer.momentum = momentum


def spread_answers(model, rows):
    """The last layer's sums get a mean of nothing and a spread of one."""
    last = [layer for layer in model._flatten_layers()
            if isinstance(layer, (layers.Dense, layers.Conv1D, layers.Conv2D))][-1]
    with linear(last):
        sums = ops.convert_to_numpy(model(rows, training=False))
    axes = tuple(range(sums.ndim - 1))
    spread = sums.std(axis=axes)
    last.kernel.assign(ops.convert_to_numpy(last.kernel) / spread)
    last.bias.assign((ops.convert_to_numpy(last.bias) - sums.mean(axis=axes)) / spread)


@contextlib.contextmanager
def linear(layer):
    activation, layer.activation = layer.activation, keras.activations.linear
    try:
        yield
    finally:
        layer.activation = activation
