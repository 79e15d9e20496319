"""What a generator, or any object, holds: containers in its variables, with the bytes in them."""
from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

_DEEPEST = 6
_MOST = 20_000  #: Objects looked at.
_SMALLEST = 1 << 16  #: Bytes worth a name.


def holdings_of(source: Any) -> list[tuple[str, int, int]]:
    """(path, entries, bytes) of each container that the variables and attributes of `source` lead
    to, and that holds more than 64 KiB of arrays and strings. A path is written as in the program:
    "rows: pending", "rows: self.queue"."""
    found = []
    seen = {id(source)}
    level = list(_variables(source))
    left = _MOST
    for _ in range(_DEEPEST):
        below = []
        for path, value in level:
            if id(value) in seen or left <= 0:
                continue
            seen.add(id(value))
            left -= 1
            entries = _entries(value)
            if entries is None:
                below += [(f"{path}.{name}", part) for name, part in _attributes(value)]
                continue
            size = sum(_size(entry) for entry in entries)
            if size >= _SMALLEST:
                found.append((path, len(entries), size))
            below += [(path, entry) for entry in entries[:100] if not isinstance(entry, np.ndarray)]
        level = below
    return found


def _variables(source: Any) -> Iterator[tuple[str, Any]]:
    """Of the generators that `source` consists of: those that it reads from are among its
    variables."""
    frame = getattr(source, "gi_frame", None)
    if frame is not None:
        name = frame.f_code.co_name
        for variable, value in frame.f_locals.items():
            if isinstance(value, types.GeneratorType):
                yield from _variables(value)
            else:
                yield f"{name}: {variable}", value
    else:
        name = type(source).__name__
        yield from ((f"{name}.{attribute}", value) for attribute, value in _attributes(source))


def _attributes(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, (type, types.ModuleType, types.FunctionType, np.ndarray, str, bytes)):
        return []
    return list(vars(value).items()) if hasattr(value, "__dict__") else []


def _entries(value: Any) -> list[Any] | None:
    """Those of a container; None for what is none."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    if hasattr(value, "popleft") and hasattr(value, "__len__"):  # A deque.
        return list(value)
    return None


def _size(entry: Any) -> int:
    if isinstance(entry, np.ndarray):
        return entry.nbytes
    if isinstance(entry, (list, tuple)):
        return sum(_size(part) for part in entry[:1000])
    if isinstance(entry, dict):
        return sum(_size(part) for part in list(entry.values())[:1000])
    return sys.getsizeof(entry, 0)
