"""Donated batches: a buffer that nobody keeps is used again, one that somebody keeps is theirs."""
from __future__ import annotations

import collections
import sys

import numpy as np

from weir._retention import Kept

# What `sys.getrefcount` says of an array that a list alone holds; it differs between Pythons.
_one = [np.empty(1)]
_HELD_BY_NOBODY = sys.getrefcount(_one[0])


def is_kept(buffers: list[np.ndarray]) -> bool:
    """Whether anybody but the list holds one of its arrays, or a view of one."""
    # By index: a variable of its own would hold the array as well.
    return any(sys.getrefcount(buffers[i]) != _HELD_BY_NOBODY for i in range(len(buffers)))


class Ring:
    """Buffers for batches of predictions, used again as soon as nobody holds a batch that lies in
    them. One that somebody keeps becomes theirs, and a fresh one takes its place.

    Two are enough for a loop: its variable holds the last batch while the next one is made.
    """

    SIZE = 2

    def __init__(self, dtypes: list[str], kept: Kept | None = None) -> None:
        """Tells `kept` of buffers that became somebody's."""
        self._dtypes = dtypes
        self._kept = kept
        self._buffers: collections.deque[list[np.ndarray]] = collections.deque()

    def take(self, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
        """Arrays with room for these shapes, at least: `views` gives a batch in them. Whatever was
        in them before is gone once they are written."""
        room = [(max(shape[0], 1), *shape[1:]) if shape else () for shape in shapes]
        buffers = self._free(room) or [np.empty(shape, dtype)
                                       for shape, dtype in zip(room, self._dtypes)]
        self._buffers.append(buffers)
        while len(self._buffers) > self.SIZE:
            gone = self._buffers.popleft()
            if self._kept is not None and is_kept(gone):
                self._kept.add(gone)
        return buffers

    def _free(self, room: list[tuple[int, ...]]) -> list[np.ndarray] | None:
        for at, buffers in enumerate(self._buffers):
            fits = all(buffer.shape[1:] == shape[1:] and buffer.shape[:1] >= shape[:1]
                       for buffer, shape in zip(buffers, room))
            if fits and not is_kept(buffers):
                del self._buffers[at]
                return buffers
        return None


def views(buffers: list[np.ndarray], shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """The batch of these shapes that lies in buffers of a ring."""
    return [buffer[:shape[0]] if shape else buffer[...] for buffer, shape in zip(buffers, shapes)]


def fill(buffers: list[np.ndarray], batch: list[np.ndarray]) -> None:
    """Copies a batch to where `views` finds it."""
    for view, array in zip(views(buffers, [array.shape for array in batch]), batch):
        view[...] = array
