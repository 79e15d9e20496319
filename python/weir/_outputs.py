"""Room for predictions: made once at its final size where that is known, and grown in place where it
is not."""
from __future__ import annotations

import os
from typing import Any

import numpy as np

from weir._arrays import numpy_dtype
from weir._profile import current

_LEAST_ROWS = 64


def one_or_all(values: list[Any]) -> Any:
    """As Keras hands over what there is of each input or output: the only one, or a list of them."""
    return values[0] if len(values) == 1 else values


class Outputs:
    """Arrays of all rows, which are handed out part by part.

    Args:
        specs: of the model's outputs.
        rows: all of them; None where only the source knows.
        out: where the caller wants them: an array, or the path of a new `.npy` file.
    """

    def __init__(self, specs: list[Any], rows: int | None, out: Any = None) -> None:
        self._specs = [(name, numpy_dtype(dtype), shape) for name, dtype, shape in specs]
        self._rows = rows
        self._out = out
        self._arrays: list[np.ndarray] = []
        self._filled = [0] * len(specs)
        self._names: list[Any] = []
        if out is not None and len(specs) != 1:
            raise ValueError("out= is for models of one output")
        if isinstance(out, (str, os.PathLike)) and self._specs[0][1] == "object":
            raise ValueError("strings do not go into a .npy file: leave out= away")

    def next(self, shapes: list[tuple[int, ...]], rows: int) -> list[np.ndarray]:
        """Room for predictions of these shapes, behind those before; `rows` are those of the inputs."""
        if not self._arrays:
            if any(shape[:1] != (rows,) for shape in shapes):
                self._rows = None  # The model gives something else than a row for each.
            self._arrays = [self._make(spec, shape) for spec, shape in zip(self._specs, shapes)]
            self._name()
        return [self._part(number, tuple(shape)) for number, shape in enumerate(shapes)]

    def _part(self, number: int, shape: tuple[int, ...]) -> np.ndarray:
        array, begin = self._arrays[number], self._filled[number]
        if array.shape[1:] != shape[1:] or not shape and begin:
            raise ValueError(
                f"predictions of shape {shape[1:]} do not go together with those before, "
                f"{array.shape[1:]}; predict_stream gives each batch by itself, and a larger "
                "batch_size all rows together")
        if not shape:
            self._filled[number] = 1
            return array
        end = begin + shape[0]
        if end > len(array):
            self._grow(number, end)
        self._filled[number] = end
        return array[begin:end]

    def _name(self) -> None:
        """To a profile, if one is on: memory that fills up is not to look like a leak. Anew when one
        has moved."""
        profile = current()
        if profile is not None:
            self._names = [profile.core.name_outputs(array) for array in self._arrays
                           if array.dtype.kind in "fiub"]

    def finish(self) -> Any:
        """What `predict` returns."""
        if not self._arrays:
            empty = [(0, *(size or 0 for size in shape[1:])) for _, _, shape in self._specs]
            self._arrays = [self._make(spec, shape) for spec, shape in zip(self._specs, empty)]
        for number, array in enumerate(self._arrays):
            if array.ndim and self._filled[number] < len(array):
                self._cut(number)
        if self._rows is None and isinstance(self._out, (str, os.PathLike)):
            with open(self._out, "wb") as file:
                np.save(file, self._arrays[0])
        for array in self._arrays:
            if isinstance(array, np.memmap):
                array.flush()
        return one_or_all(self._arrays)

    def _make(self, spec: Any, shape: tuple[int, ...]) -> np.ndarray:
        rows = self._rows
        if not shape:
            return np.empty((), spec[1])
        full = (max(shape[0], _LEAST_ROWS) if rows is None else rows, *shape[1:])
        if self._out is None:
            return np.empty(full, spec[1])
        if not isinstance(self._out, (str, os.PathLike)):
            return _checked(self._out, spec[1], full, exact=rows is not None)
        if rows is None:
            return np.empty(full, spec[1])  # Written when the number of rows is known.
        return np.lib.format.open_memmap(self._out, "w+", spec[1], full)

    def _grow(self, number: int, rows: int) -> None:
        """In place: large arrays are pages of their own, which the system moves without a copy, so
        that little at a time is enough."""
        array = self._arrays[number]
        if self._rows is not None or array is self._out:
            raise ValueError(f"there is room for {len(array)} rows, but the source gives more")
        array.resize((max(rows, len(array) + len(array) // 8), *array.shape[1:]), refcheck=False)
        self._name()

    def _cut(self, number: int) -> None:
        """Where the source ended, or a callback said so, before all rows came."""
        array, filled = self._arrays[number], self._filled[number]
        if array is self._out or isinstance(array, np.memmap):
            self._arrays[number] = array[:filled]
        else:
            array.resize((filled, *array.shape[1:]), refcheck=False)


def _checked(array: Any, dtype: str, shape: tuple[int, ...], exact: bool) -> np.ndarray:
    fits = array.shape == shape if exact else array.shape[1:] == shape[1:]
    if not fits or array.dtype != dtype or not array.flags.c_contiguous:
        raise ValueError(f"out= must be a {dtype} array of shape {shape} in C order, not "
                         f"{array.dtype} {array.shape}")
    return array
