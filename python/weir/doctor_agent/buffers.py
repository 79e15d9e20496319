"""How many bytes lie behind a value that is a buffer: an array, a tensor, a frame, a file in memory."""

import sys

from . import autograd


def owner_of(array):
    """The array whose buffer this one is a view of."""
    base = array
    while getattr(base, "base", None) is not None and hasattr(base.base, "nbytes"):
        base = base.base
    return base


def is_handle(value):
    """Whether it is a tensor of TensorFlow whose elements lie elsewhere: strings, resources, variants."""
    return type(value).__name__ == "EagerTensor" and value.dtype.size == 0


def _tensor_bytes(value):
    """None for a handle, and for what is made of several tensors, like a ragged one."""
    shape = value.shape
    count = shape.num_elements() if hasattr(shape, "num_elements") else None
    return None if count is None or is_handle(value) else count * value.dtype.size


def _file_bytes(file):
    if file.closed:
        return 0
    # A text file in memory does not tell its size, but it is written at its end, 4 bytes a letter.
    return sys.getsizeof(file) + (4 * file.tell() if hasattr(file, "newlines") else 0)


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
    if root == "torch" and isinstance(value, sys.modules["torch"].Tensor):
        return autograd.kept_bytes(value)
    if root == "_io" and kind.__name__ in ("BytesIO", "StringIO"):
        return _file_bytes(value)
    if root.startswith("jax") and hasattr(value, "nbytes"):
        return value.nbytes
    if root in ("array", "builtins") and kind.__name__ in ("array", "memoryview"):
        return value.itemsize * len(value)
    if root == "pandas" and hasattr(value, "memory_usage"):
        return _frame_bytes(value)
    return None


def _frame_bytes(frame):
    arrays = getattr(getattr(frame, "_mgr", None), "arrays", None)
    if arrays is None:
        usage = frame.memory_usage()
        return int(usage.sum() if hasattr(usage, "sum") else usage)
    # A part of a frame keeps the arrays of the whole.
    owners = {id(owner): owner for owner in map(owner_of, arrays)}
    return sum(owner.nbytes for owner in owners.values())
