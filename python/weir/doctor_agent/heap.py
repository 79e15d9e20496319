"""A census of everything the collector knows, for what no name of the program leads to.

Costs tens of milliseconds in a process with TensorFlow, so it is made seldom.
"""

import collections
import gc
import sys
import time
import types

_LARGE = 16
_LENGTHS = (list, dict, set, collections.deque, collections.OrderedDict)
_DEPTH = 7
_WIDTH = 40
_SECONDS = 0.5


class Heap:
    """Lengths of large containers from census to census; those that grew each time are suspects."""

    def __init__(self):
        self._lengths = {}
        self.objects = 0

    def census(self, known):
        """Containers that have grown at two censuses running and are not in `known` (ids)."""
        objects = gc.get_objects()
        self.objects = len(objects)
        large = [o for o in objects if type(o) in _LENGTHS and len(o) >= _LARGE]
        del objects
        before, self._lengths, grown = self._lengths, {}, []
        for container in large:
            length = len(container)
            last, times = before.get(id(container), (length, 0))
            times = times + 1 if length > last else times if length == last else 0
            self._lengths[id(container)] = (length, times)
            if times >= 2 and length > last and id(container) not in known:
                grown.append(container)
        return sorted(grown, key=len, reverse=True)[:2]


def name_of(value):
    """(name, where, kind of its owner) of a value, by walking from referrer to referrer to a root.

    None if there is none within a few levels: then only other garbage, or C code, refers to it.
    """
    paths = {id(value): ("", value)}
    frontier = [value]
    ignored = {id(paths), id(frontier)}
    modules = {id(vars(m)): n for n, m in list(sys.modules.items()) if isinstance(m, types.ModuleType)}
    end = time.monotonic() + _SECONDS
    for _ in range(_DEPTH):
        if time.monotonic() > end:
            return None
        ignored.add(id(frontier))
        referrers = [r for r in gc.get_referrers(*frontier) if id(r) not in ignored]
        following = []
        for referrer in referrers[:_WIDTH]:
            if id(referrer) in paths or isinstance(referrer, types.FrameType):
                continue
            suffix = _link(referrer, paths)
            if suffix is None:
                continue
            if id(referrer) in modules:
                return suffix.lstrip(".["), f"module {modules[id(referrer)]}"
            paths[id(referrer)] = (suffix, referrer)
            following.append(referrer)
        ignored.add(id(referrers))
        frontier = following
        if not frontier:
            return None
    return None


def _link(referrer, paths):
    """How `referrer` leads to one of the values whose path is known, with that path behind it."""
    if isinstance(referrer, dict):
        for key, item in referrer.items():
            if id(item) in paths:
                text = key if isinstance(key, str) and key.isidentifier() else f"[{key!r:.40}]"
                return f".{text}{paths[id(item)][0]}"
    elif isinstance(referrer, (list, tuple, collections.deque)):
        for index, item in enumerate(referrer):
            if id(item) in paths:
                return f"[{index}]{paths[id(item)][0]}"
    elif isinstance(referrer, type):  # By the dict of its attributes.
        return next((paths[id(p)][0] for p in gc.get_referents(referrer) if id(p) in paths), None)
    elif isinstance(referrer, types.CellType):
        return paths.get(id(referrer.cell_contents), ("",))[0]
    else:
        attributes = getattr(referrer, "__dict__", None)
        if isinstance(attributes, dict):
            if id(attributes) in paths:
                return paths[id(attributes)][0]
            for name, item in attributes.items():
                if id(item) in paths:
                    return f".{name}{paths[id(item)][0]}"
        return ""
    return None
