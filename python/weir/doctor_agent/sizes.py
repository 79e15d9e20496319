"""How many bytes a value keeps: its buffers, wherever they lie, and what it refers to."""

import collections
import sys
import types

_CONTAINERS = (list, tuple, set, frozenset, collections.deque)
_SHARED = (type, types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.ModuleType)
_NODES = 200


def owner_of(array):
    """The array whose buffer this one is a view of."""
    base = array
    while getattr(base, "base", None) is not None and hasattr(base.base, "nbytes"):
        base = base.base
    return base


def _tensor_bytes(value):
    shape = value.shape
    count = shape.num_elements() if hasattr(shape, "num_elements") else None
    return (count or 0) * value.dtype.size


def buffer_bytes(value):
    """Bytes of a value that is a buffer, or None if it is none. Touches no element of it."""
    kind = type(value)
    if kind in (bytes, bytearray, str):
        return sys.getsizeof(value)
    root = (kind.__module__ or "").partition(".")[0]
    if root == "numpy" and hasattr(value, "nbytes"):
        # A single number, as np.mean gives it, is an object of its own size.
        return owner_of(value).nbytes + 112 if getattr(value, "ndim", 0) else sys.getsizeof(value)
    if root == "tensorflow" and hasattr(value, "dtype") and hasattr(value, "shape"):
        return _tensor_bytes(value)
    if root == "torch" and hasattr(value, "untyped_storage"):
        return value.untyped_storage().nbytes()
    if root.startswith("jax") and hasattr(value, "nbytes"):
        return value.nbytes
    if root in ("array", "builtins") and kind.__name__ in ("array", "memoryview"):
        return value.itemsize * len(value)
    if root == "pandas" and hasattr(value, "memory_usage"):
        usage = value.memory_usage()
        return int(usage.sum() if hasattr(usage, "sum") else usage)
    return None


def _children(value):
    if isinstance(value, dict):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, _CONTAINERS):
        yield from value
    if type(value).__module__ != "builtins":
        yield from getattr(value, "__dict__", {}).values()


def kept_bytes(value, seen):
    """Bytes that go when `value` goes, about: each buffer and object once (`seen` holds their ids).

    Classes, functions and modules are not the value's own; at most 200 objects are looked at.
    """
    total = 0
    waiting = [value]
    left = _NODES
    while waiting and left:
        left -= 1
        value = waiting.pop()
        buffer = buffer_bytes(value)
        # By the owner of the bytes: many views keep one buffer.
        known = id(owner_of(value)) if buffer is not None else id(value)
        if known in seen or isinstance(value, _SHARED):
            continue
        seen.add(known)
        if buffer is not None:
            total += buffer
            continue
        total += sys.getsizeof(value, 64)
        waiting.extend(child for _, child in zip(range(left), _children(value)))
    return total
