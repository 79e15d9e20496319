"""Room for predictions, made once at its final size."""
import os

import numpy as np


class Outputs:
    """Arrays for the outputs of a model, or what the caller gives as `out`."""

    def __init__(self, specs, shapes, out):
        if out is None:
            self.arrays = [np.empty(shape, dtype)
                           for (_, dtype, _), shape in zip(specs, shapes)]
        elif len(specs) != 1:
            raise ValueError("out= is for models of one output")
        elif isinstance(out, (str, os.PathLike)):
            self.arrays = [np.lib.format.open_memmap(out, "w+", specs[0][1], tuple(shapes[0]))]
        else:
            self.arrays = [_checked(out, specs[0][1], tuple(shapes[0]))]

    def finish(self):
        """What `predict` returns."""
        for array in self.arrays:
            if isinstance(array, np.memmap):
                array.flush()
        return self.arrays[0] if len(self.arrays) == 1 else self.arrays


def _checked(array, dtype, shape):
    if array.shape != shape or array.dtype != dtype or not array.flags.c_contiguous:
        raise ValueError(f"out= must be a {dtype} array of shape {shape} in C order, not "
                         f"{array.dtype} {array.shape}")
    return array
