"""Which container of the program grows: found among all that the collector knows."""
from __future__ import annotations

import collections
import gc
import types
from typing import Any

_KINDS = (list, dict, set, collections.deque)


class Containers:
    """The sizes of all containers, at one moment."""

    def __init__(self) -> None:
        # By identity, without holding them; one that is gone may leave its place to another, which
        # is told apart by its kind.
        self._sizes = {id(one): (type(one), len(one)) for one in gc.get_objects()
                       if isinstance(one, _KINDS)}

    def grown(self) -> str:
        """The name and kind of the one that has got the most entries since, or that is new and
        large: "list 'history' of module app"; "" where none has."""
        most: Any = None
        most_entries = 0
        for one in gc.get_objects():
            if not isinstance(one, _KINDS) or one is self._sizes:
                continue
            kind, before = self._sizes.get(id(one), (type(one), 0))
            entries = len(one) - (before if kind is type(one) else 0)
            if entries > most_entries:
                most, most_entries = one, entries
        return "" if most is None else f"{type(most).__name__} {_name_of(most)}".strip()


def _name_of(container: Any) -> str:
    """Who refers to it, as a program would write it."""
    for owner in gc.get_referrers(container):
        if isinstance(owner, types.FrameType):
            continue
        if isinstance(owner, types.CellType):
            return _name_of_cell(owner)
        if not isinstance(owner, dict):
            if hasattr(type(owner), "__dict__") and not isinstance(owner, (list, tuple)):
                name = _key_of(container, getattr(owner, "__dict__", {}))
                if name:
                    return f"'{type(owner).__name__}.{name}'"
            continue
        name = _key_of(container, owner)
        if not name:
            continue
        if "__name__" in owner and "__builtins__" in owner:
            return f"'{name}' of module {owner['__name__']}"
        for holder in gc.get_referrers(owner):
            if isinstance(holder, type):
                return f"'{holder.__name__}.{name}'"
            if getattr(holder, "__dict__", None) is owner:
                return f"'{type(holder).__name__}.{name}'"
    return ""


def _name_of_cell(cell: types.CellType) -> str:
    for closure in gc.get_referrers(cell):
        for function in gc.get_referrers(closure) if isinstance(closure, tuple) else ():
            if isinstance(function, types.FunctionType) and function.__closure__ is closure:
                name = function.__code__.co_freevars[closure.index(cell)]
                return f"'{name}' of {function.__qualname__}"
    return ""


def _key_of(value: Any, names: dict[Any, Any]) -> str:
    return next((str(name) for name, entry in list(names.items()) if entry is value), "")
