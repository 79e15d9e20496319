"""Where rows come from: whatever Keras's `predict` takes, as batches of C-ordered arrays."""
from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from weir._arrays import Frame, as_array, in_order, is_frame

if TYPE_CHECKING:
    from weir._model import Model

_log = logging.getLogger("weir")

Arrays = list[np.ndarray]  # One for each input, of the same number of rows.


class Rows:
    """Rows that are all there, in arrays, frames or data sets: one for each input."""

    def __init__(self, columns: list[Any], names: list[str]) -> None:
        self._columns = [_sliceable(column) for column in columns]
        self._names = names
        self.count = len(self._columns[0])
        for name, column in zip(names, self._columns):
            if len(column) != self.count:
                raise ValueError(f"input {name!r} has {len(column)} rows, but {names[0]!r} has "
                                 f"{self.count}")

    def shapes(self) -> list[tuple[int, ...]]:
        return [tuple(column.shape) for column in self._columns]

    def part(self, first: int, last: int) -> Arrays:
        """Copied only where they lie in another order, or are of a type that the core lacks."""
        return [in_order(as_array(column[first:last]), name)
                for name, column in zip(self._names, self._columns)]

    def batches(self, size: int) -> Iterator[Arrays]:
        for first in range(0, self.count, size):
            yield self.part(first, min(first + size, self.count))

    def row_bytes(self) -> int:
        """Of the inputs, about."""
        return sum(int(np.prod(shape[1:], dtype=np.int64)) * 4 for shape in self.shapes())


def _sliceable(column: Any) -> Any:
    """Something with a shape whose slices are rows. What lies outside memory stays there."""
    if is_frame(column):
        return Frame(column)
    if not hasattr(column, "shape") or hasattr(column, "__dlpack__"):
        column = as_array(column)
    if len(column.shape) == 0:
        raise ValueError("a single number is no batch: the first axis is the batch")
    return column


def open_rows(x: Any, model: Model) -> Rows:
    """What `predict` takes as one value: an array, a list or a dict of one for each input, a
    frame."""
    names = model.input_names
    if isinstance(x, dict):
        return Rows(_by_name(x, names), names)
    if is_frame(x):
        frame = Frame(x)
        columns = frame.names() or []
        if len(names) > 1 and set(names) <= set(columns):
            return Rows([frame.column(name) for name in names], names)
        return Rows(_one_each(frame, names), names)
    if not isinstance(x, (list, tuple)):
        return Rows(_one_each(x, names), names)
    if len(names) == 1 and not (len(x) == 1 and hasattr(x[0], "shape")):
        return Rows([np.asarray(x)], names)  # Rows in a list, and not an array for the input.
    return Rows(_one_each(x, names), names)


def _by_name(columns: dict[str, Any], names: list[str]) -> list[Any]:
    missing = [name for name in names if name not in columns]
    if missing:
        raise ValueError(f"there is no array for the input {missing[0]!r}")
    return [columns[name] for name in names]


def _one_each(columns: Any, names: list[str]) -> list[Any]:
    """In order; what is no list of them is one."""
    columns = list(columns) if isinstance(columns, (list, tuple)) else [columns]
    if len(columns) != len(names):
        raise ValueError(f"the model has {len(names)} inputs, but is given {len(columns)}")
    return columns


def is_stream(x: Any) -> bool:
    """Whether `predict` gets batches one after the other from `x`, and not an array."""
    if isinstance(x, (str, os.PathLike)):
        return True
    if isinstance(x, (dict, list, tuple)) or hasattr(x, "shape") or is_frame(x):
        return False
    return _is_py_dataset(x) or (isinstance(x, Iterable) and not _has_buffer(x))


def _has_buffer(x: Any) -> bool:
    try:
        memoryview(x)
    except TypeError:
        return False
    return True


def _is_py_dataset(x: Any) -> bool:
    """`keras.utils.PyDataset`, and `Sequence` before it."""
    return hasattr(x, "on_epoch_end") and hasattr(x, "__getitem__")


def open_stream(source: Any, model: Model, batch_size: int, skips: bool = False) -> Iterator[Arrays]:
    """Batches of what `predict_stream` takes: an array, a frame or a dict is taken apart, a file is
    read, and of anything else the items are batches or single samples, which are put together.
    `skips` leaves out items that are none."""
    if isinstance(source, (str, os.PathLike)):
        return _batches_of_file(source, model, batch_size)
    if isinstance(source, dict) or hasattr(source, "shape") or is_frame(source):
        return open_rows(source, model).batches(batch_size)
    return _Grouping(model, batch_size, skips).batches(_items(source))


def _batches_of_file(path: str | os.PathLike[str], model: Model, batch_size: int) -> Iterator[Arrays]:
    reader = model._core.open_source(os.fspath(path))
    names = reader.names()
    by_name = all(names) and set(names) == set(model.input_names)
    order = [names.index(name) for name in model.input_names] if by_name else range(len(names))
    while arrays := reader.next(batch_size):
        yield [arrays[i] for i in order]


def _items(source: Any) -> Iterator[Any]:
    if hasattr(source, "as_numpy_iterator"):  # `tf.data.Dataset`: arrays instead of tensors.
        yield from source.as_numpy_iterator()
    elif _is_py_dataset(source):
        count = getattr(source, "num_batches", None)
        for number in range(len(source) if count is None else count):
            yield source[number]
    else:
        yield from source


class _Grouping:
    """Items to batches. Of the tuples (x, y) and (x, y, weights) x is taken, and of lists for a
    model of one input too, as Keras does."""

    def __init__(self, model: Model, batch_size: int, skips: bool) -> None:
        self._names = model.input_names
        self._row = model._core.inputs[0][2][1:]
        self._batch_size = batch_size
        self._skips = skips

    def batches(self, items: Iterable[Any]) -> Iterator[Arrays]:
        samples: list[Arrays] = []
        for number, item in enumerate(items):
            try:
                arrays = [in_order(array, name)
                          for array, name in zip(self._arrays(item), self._names)]
            except (TypeError, ValueError) as error:
                if not self._skips:
                    raise
                _log.warning("item %d is skipped: %s", number, error)
                continue
            if not self._is_sample(arrays[0].shape):
                yield arrays
                continue
            samples.append(arrays)
            if len(samples) == self._batch_size:
                yield _together(samples)
                samples = []
        if samples:
            yield _together(samples)

    def _arrays(self, item: Any) -> Arrays:
        names = self._names
        if isinstance(item, tuple) or (isinstance(item, list) and len(names) == 1 and item
                                       and hasattr(item[0], "shape")):
            item = item[0]
        if isinstance(item, dict):
            columns = _by_name(item, names)
        else:
            columns = [item] if len(names) == 1 else _one_each(item, names)
        return [as_array(column) for column in columns]

    def _is_sample(self, shape: tuple[int, ...]) -> bool:
        """A last axis of 1 may be missing."""
        if len(shape) == len(self._row):
            return all(size is None or size == given for size, given in zip(self._row, shape))
        return len(shape) < len(self._row)


def _together(samples: list[Arrays]) -> Arrays:
    return [np.stack(arrays) for arrays in zip(*samples)]
