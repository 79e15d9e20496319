"""One array of NumPy from whatever holds rows: arrays of other libraries, frames, HDF5 data sets."""
from __future__ import annotations

import sys
from typing import Any

import numpy as np

_FRAMES = ("pandas", "polars", "pyarrow")


def as_array(x: Any) -> np.ndarray:
    """The elements of anything array-like, without a copy where its library allows one to look at
    them: NumPy, the buffer protocol, DLPack (torch, jax, TensorFlow), frames, nested lists."""
    if isinstance(x, np.ndarray):
        return x
    if is_frame(x):
        return Frame(x)[:]
    if hasattr(x, "detach"):  # A tensor of torch that still belongs to a graph, or to a GPU.
        x = x.detach().cpu()
        if str(x.dtype) == "torch.bfloat16":
            x = x.float()
    if hasattr(x, "__dlpack__"):
        try:
            return np.from_dlpack(x)
        except (AttributeError, BufferError, RuntimeError, TypeError, ValueError):
            pass  # On another device, or of a type that NumPy has not: its own conversion decides.
    return np.asarray(x)


def in_order(array: np.ndarray, name: str) -> np.ndarray:
    """The array in C order and of a type that the core reads; itself, if it is so already."""
    kind = array.dtype.kind
    if kind in "fiub" and array.dtype.isnative and array.dtype.itemsize <= 8:
        return np.ascontiguousarray(array)
    if array.dtype.name == "bfloat16" or kind == "f":
        return np.ascontiguousarray(array, "float32" if array.dtype.itemsize == 2 else "float64")
    if kind in "iub":
        return np.ascontiguousarray(array, array.dtype.newbyteorder("="))
    if kind in "US" or (kind == "O" and array.size and isinstance(array.flat[0], (str, bytes))):
        return array.astype(object, order="C")  # A copy, whose strings nobody takes away meanwhile.
    if kind == "O":
        try:
            return np.ascontiguousarray(array, "float32")
        except (TypeError, ValueError):
            pass
    raise TypeError(f"input {name!r} holds {array.dtype} elements, where numbers or strings are "
                    "expected")


def numpy_dtype(name: str) -> str:
    """NumPy's name of a type of the core: strings are objects."""
    return "object" if name == "string" else name


def is_frame(x: Any) -> bool:
    """A frame or a column of pandas or polars, a table or an array of Arrow, or what exports one."""
    return (type(x).__module__.partition(".")[0] in _FRAMES
            or hasattr(x, "__arrow_c_stream__") or hasattr(x, "__arrow_c_array__"))


class Frame:
    """Rows of a frame, as many at a time as are asked for: a frame's own memory is by column, so
    that rows are a copy."""

    def __init__(self, frame: Any) -> None:
        library = type(frame).__module__.partition(".")[0]
        if library not in _FRAMES:
            import pyarrow

            frame, library = pyarrow.table(frame), "pyarrow"
        self._rows = getattr(self, f"_rows_of_{library}")
        self._frame = frame
        columns = self.names()
        self.shape = (len(frame),) if columns is None else (len(frame), len(columns))

    def __len__(self) -> int:
        return self.shape[0]

    def names(self) -> list[str] | None:
        """Of the columns; None where there is only one, without a name of its own."""
        if hasattr(self._frame, "column_names"):
            return list(self._frame.column_names)
        return list(self._frame.columns) if hasattr(self._frame, "columns") else None

    def column(self, name: str) -> "Frame":
        return Frame(self._frame[name])

    def __getitem__(self, rows: slice) -> np.ndarray:
        first, last, _ = rows.indices(len(self))
        return self._rows(first, last)

    def _rows_of_pandas(self, first: int, last: int) -> np.ndarray:
        return self._frame.iloc[first:last].to_numpy()

    def _rows_of_polars(self, first: int, last: int) -> np.ndarray:
        return self._frame[first:last].to_numpy()

    def _rows_of_pyarrow(self, first: int, last: int) -> np.ndarray:
        part = self._frame.slice(first, last - first)
        if not hasattr(part, "columns"):
            return _arrow_column(part)
        return np.stack([_arrow_column(column) for column in part.columns], axis=1)


def _arrow_column(column: Any) -> np.ndarray:
    """Lists in a column are axes of the rows."""
    pyarrow = sys.modules["pyarrow"]
    if isinstance(column, pyarrow.ChunkedArray):
        column = column.combine_chunks()
    if pyarrow.types.is_fixed_size_list(column.type):
        return _arrow_column(column.flatten()).reshape(len(column), -1)
    if pyarrow.types.is_list(column.type) or pyarrow.types.is_large_list(column.type):
        return np.stack(column.to_numpy(zero_copy_only=False))
    return column.to_numpy(zero_copy_only=False)
