"""How many bytes a value keeps: its buffers, wherever they lie, and what it refers to."""

import collections
import functools
import gc
import mmap
import sys
import types
from itertools import islice

from .buffers import buffer_bytes, is_handle, owner_of

_CONTAINERS = (list, tuple, set, frozenset, collections.deque)
_SHARED = (type, types.BuiltinFunctionType, types.ModuleType, types.CodeType)
_SUSPENDED = (types.FrameType, types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
_PIPELINES = "tensorflow.python.data"
# Of a framework's, what says more than its bytes: who makes models and traces is counted apart.
_COUNTED_APART = (
    "tensorflow.python.eager.polymorphic_function",
    "tensorflow.python.framework.func_graph",
    _PIPELINES,
)
_NODES = 2000
_SAMPLE = 32  # Of a long container's entries, the first so many stand for all.
_GRAIN = 16  # Of the allocators, in bytes.


def _with_subclasses(kind):
    yield kind
    for below in type.__subclasses__(kind):
        yield from _with_subclasses(below)


_INTERPRETERS_OWN = frozenset(_with_subclasses(object))  # Before the program has loaded anything.


def _slots(value):
    for kind in type(value).__mro__:
        if "__slots__" in vars(kind):
            for member in list(vars(kind).values()):
                if isinstance(member, types.MemberDescriptorType):
                    yield getattr(value, member.__name__, None)


def _of_function(function):
    for cell in function.__closure__ or ():
        yield from gc.get_referents(cell)
    yield from function.__defaults__ or ()


def _of_exception(error):
    yield from (error.args, error.__cause__, error.__context__)
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def _of_native(value):
    """What an object of C keeps, be it the variables of a function that has stopped or the result of
    a task: but not what is global to it."""
    for item in gc.get_referents(value):
        if not isinstance(item, types.FunctionType) and not _is_namespace(item):
            yield item


def _is_namespace(item):
    return isinstance(item, dict) and "__builtins__" in item


def _children(value):
    if isinstance(value, dict):
        yield from (part for item in list(islice(value.items(), _SAMPLE)) for part in item)
    elif isinstance(value, _CONTAINERS):
        yield from list(islice(value, _SAMPLE))
    elif isinstance(value, types.FunctionType):
        yield from _of_function(value)
    elif isinstance(value, types.MethodType):
        yield value.__self__
    elif isinstance(value, functools.partial):
        yield from (value.func, value.args, value.keywords)
    elif isinstance(value, _SUSPENDED):
        yield from _of_native(value)
    elif isinstance(value, BaseException):
        yield from _of_exception(value)
    if type(value).__module__ == "_asyncio":
        yield from _of_native(value)
    elif type(value).__module__ != "builtins":
        yield from getattr(value, "__dict__", {}).values()
        yield from _slots(value)


def is_model(kind):
    """Whether a class is one of Keras's models or layers."""
    return any(
        base.__name__ in ("Model", "Layer") and base.__module__.startswith(("keras.", "tf_keras."))
        for base in kind.__mro__
    )


def _is_counted_apart(value):
    return (type(value).__module__ or "").startswith(_COUNTED_APART) or is_model(type(value))


def _hides_memory(value):
    """Whether what is no buffer is an object of a library in C that does not say how much it keeps."""
    kind = type(value)
    if (kind.__module__ or "").startswith(_PIPELINES) or is_handle(value):
        return True
    root = (kind.__module__ or "").partition(".")[0]
    # Classes of C whose names have no dot look like the interpreter's own.
    if kind in _INTERPRETERS_OWN or root in sys.stdlib_module_names and root != "builtins":
        return False
    if root == "numpy" or hasattr(value, "__dict__") or "__slots__" in vars(kind):
        return False
    return not _exported_bytes(value)


def _running():
    """Ids of the frames of functions that run: what they have is not kept by whoever knows the frame."""
    running = set()
    for frame in sys._current_frames().values():
        while frame is not None:
            running.add(id(frame))
            frame = frame.f_back
    return running


def _rounded(size):
    return -(-size // _GRAIN) * _GRAIN


def _own_bytes(value):
    size = _rounded(sys.getsizeof(value, 64))
    kind = type(value)
    if kind is mmap.mmap:
        return size + (0 if _is_of_file(value) else len(value))
    if kind.__module__ != "builtins" and not hasattr(value, "__dict__"):
        size += _exported_bytes(value)
    return size


def _is_of_file(mapping):
    """Whether the system could take its pages back: it asks the file for the size."""
    try:
        mapping.size()
    except OSError:
        return False
    return True


def _exported_bytes(value):
    """Memory of a library's object in C, where it lets Python see it."""
    try:
        with memoryview(value) as memory:
            return memory.nbytes
    except (TypeError, BufferError):
        return 0


def kept_bytes(value, seen, natives):
    """Bytes that go when `value` goes, about: each buffer and object once (`seen` holds their ids).

    Classes, modules and functions that run are not the value's own; at most 2000 objects are looked at.
    The names of classes whose objects have more memory than can be told are added to the set `natives`.
    """
    running = _running()
    waiting = collections.deque([(value, 1)])
    total = 0
    for _ in range(_NODES):
        if not waiting:
            break
        value, times = waiting.popleft()  # What is near first: large things are seldom hidden deep.
        if isinstance(value, _SHARED) or id(value) in running:
            continue
        try:
            own, children = _looked_at(value, seen, natives)
        except Exception:  # An object of a library may do anything when it is asked.
            continue
        total += times * own
        if isinstance(value, (dict, *_CONTAINERS)):
            times *= max(1, len(value) / _SAMPLE)
        waiting.extend((child, times) for child in children)
    return int(total)


def _looked_at(value, seen, natives):
    """(bytes of its own, what it refers to) of a value, nothing if it is in `seen` already."""
    buffer = buffer_bytes(value)
    # By the owner of the bytes: many views keep one buffer.
    known = id(owner_of(value)) if buffer is not None else id(value)
    if known in seen:
        return 0, ()
    seen.add(known)
    if buffer is None and _hides_memory(value):
        natives.add(type(value).__name__)
    if _is_counted_apart(value):
        return 0, ()
    if buffer is not None:
        return _rounded(buffer), ()
    return _own_bytes(value), list(islice(_children(value), _NODES))
