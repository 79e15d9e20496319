"""Random weights that make every part of a layer matter: no zero bias, no unit variance."""

import numpy as np


# What keras-hub's layers compute: numbers of positions, frequencies, and embeddings that are resized to others.
COMPUTED = ("position_ids", "inv_freq", "position_embeddings", "interpolated_position_embeddings")


def randomise(model, random: np.random.Generator) -> None:
    """Works on the variables of Keras 2 as well as 3; leaves counts and seeds as they are."""
    for variable in model.weights:
        if "float" in str(variable.dtype) and plain_name(variable) not in COMPUTED:
            values = values_for(plain_name(variable), tuple(variable.shape), random)
            variable.assign(values.astype(np.float32))


def plain_name(variable) -> str:
    """kernel, for Keras 3's kernel and for Keras 2's dense/kernel:0."""
    return variable.name.split("/")[-1].split(":")[0]


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
