"""Random weights that make every part of a layer matter: no zero bias, no unit variance."""

import keras
import numpy as np


def randomise(model: keras.Model, random: np.random.Generator) -> None:
    for variable in model.weights:
        if keras.backend.is_float_dtype(variable.dtype):
            variable.assign(values_for(variable.name, tuple(variable.shape), random))


def values_for(name: str, shape: tuple, random: np.random.Generator) -> np.ndarray:
    if "variance" in name:
        return random.uniform(0.3, 2.0, shape)
    if name in ("gamma", "scale"):
        return random.uniform(0.5, 1.5, shape)
    if name == "alpha":
        return random.uniform(0.05, 0.5, shape)
    if name == "embeddings":
        return random.normal(0.0, 1.0, shape)
    if "kernel" in name:
        return random.normal(0.0, kernel_deviation(name, shape), shape)
    return random.normal(0.0, 0.3, shape)


def kernel_deviation(name, shape):
    """Keeps the variance of what passes through a layer about as it was."""
    summed = shape[:-2] if "depthwise" in name else shape[:-1]
    return 1 / np.sqrt(max(1, np.prod(summed)))
