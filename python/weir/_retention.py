"""What is kept of donated batches, and through which attribute."""
from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

# Of a container that grows, the newest entries are the ones to look at.
_NEWEST = 64
_DEEPEST = 4


class Kept:
    """Buffers that somebody holds; those that are let go are no longer counted."""

    def __init__(self) -> None:
        self.warned = False
        self.path = ""  #: The attribute that holds them, once it was looked for.
        self._buffers: dict[int, list[weakref.ref[np.ndarray]]] = {}

    def add(self, buffers: list[np.ndarray]) -> None:
        """One that was let go may have been used again, and be kept again."""
        self._buffers[id(buffers[0])] = [weakref.ref(buffer) for buffer in buffers]

    def batches(self) -> int:
        self._buffers = {key: batch for key, batch in self._buffers.items() if _is_alive(batch)}
        return len(self._buffers)

    def bytes(self) -> int:
        alive = [buffer() for batch in self._buffers.values() for buffer in batch]
        return sum(buffer.nbytes for buffer in alive if buffer is not None)


def _is_alive(batch: list[weakref.ref[np.ndarray]]) -> bool:
    return any(buffer() is not None for buffer in batch)


def path_to(holder: Any, buffers: list[np.ndarray]) -> str:
    """The attribute of `holder` that holds one of `buffers` or a view of one, as a path:
    "outputs", "best['y']", "log.rows"; "" where none is found."""
    wanted = {id(buffer) for buffer in buffers}
    level = [(name, value) for name, value in _attributes(holder)]
    seen = {id(holder)}
    for _ in range(_DEEPEST):
        found = next((path for path, value in level if _is_wanted(value, wanted)), None)
        if found is not None:
            return found
        parents = [(path, value) for path, value in level if id(value) not in seen]
        seen.update(id(value) for _, value in parents)
        level = [(path + step, value) for path, parent in parents for step, value in _parts(parent)]
    return ""


def _is_wanted(value: Any, wanted: set[int]) -> bool:
    while isinstance(value, np.ndarray):
        if id(value) in wanted:
            return True
        value = value.base
    return False


def _attributes(holder: Any) -> Iterator[tuple[str, Any]]:
    yield from vars(holder).items() if hasattr(holder, "__dict__") else ()


def _parts(parent: Any) -> Iterator[tuple[str, Any]]:
    """What a value consists of. Entries of lists are not told apart: the list is what grows."""
    if isinstance(parent, dict):
        newest = itertools.islice(reversed(parent.items()), _NEWEST)
        yield from ((f"[{key!r}]" if isinstance(key, str) else "", value) for key, value in newest)
    elif isinstance(parent, (list, tuple)):
        yield from (("", value) for value in parent[-_NEWEST:])
    elif hasattr(parent, "__reversed__") and hasattr(parent, "append"):  # A deque.
        yield from (("", value) for value in itertools.islice(reversed(parent), _NEWEST))
    elif isinstance(parent, (set, frozenset)):
        yield from (("", value) for value in itertools.islice(parent, _NEWEST))
    else:
        yield from ((f".{name}", value) for name, value in _attributes(parent))
