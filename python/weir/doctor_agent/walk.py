"""A walk from the names of the program to what they keep.

It starts at module variables, local variables of running functions and waiting tasks, context
variables, callbacks and own classes of Keras's models, the handlers of logging, pyplot's figures and what
the standard library keeps until something ends, and goes down through containers, attributes, closures and
caches. What it finds has therefore a name that a person can read: `server.history`, `jobs.queue`,
`sessions[…].turns`. It looks at the ends of large containers only, so its cost does not grow with what is
kept; what grows inside of their entries stands for all of them.
"""

import collections
import contextvars
import functools
import gc
import queue
import sys
import threading
import types
import typing
import weakref
from itertools import chain, islice

from . import sizes, source
from .buffers import buffer_bytes

# How many are looked at from the main module down, from the others, and from elsewhere: each has its
# share, however many modules a program has.
_NODES = (1_000, 3_000, 2_000)
_WHOLE = 32
_ENDS = 6
_BUFFER = 1024
_MEASURED = 9
_CONTAINERS = (list, tuple, dict, set, frozenset, collections.deque)
_ATOMS = (
    *(int, float, complex, bool, type(None), property, classmethod, staticmethod),
    *(types.CodeType, types.ModuleType, types.FrameType, types.BuiltinFunctionType),
    *(types.MemberDescriptorType, types.GetSetDescriptorType),
    *(types.WrapperDescriptorType, types.MethodDescriptorType),
)
_CACHE = type(functools.lru_cache(lambda: None))
_SUSPENDED = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
_KERAS = ("Callback", "Layer", "Metric", "Model")
_OPTIMIZED = 0x1


class Kept(typing.NamedTuple):
    """What one entry of a container keeps."""

    bytes: float  # About.
    element: str  # What an entry is.
    native: str  # A class of objects in it that have memory which cannot be told, or "".


class Found:
    """Something with a name whose size can grow. Holds it only as long as a walk's result lives."""

    __slots__ = ("key", "name", "where", "kind", "amount", "value", "parent", "owner", "extension", "largest")

    def __init__(self, node, kind, amount):
        self.key = f"{node.where}|{node.name}"
        self.name = node.name
        self.where = node.where
        self.kind = kind
        self.amount = amount * node.scale
        self.largest = amount
        self.value = node.value
        self.parent = node.parent
        self.owner = node.owner
        self.extension = node.extension

    def take(self, other):
        """Another of the same name, below another entry of the same container."""
        self.amount += other.amount
        if other.largest > self.largest:
            self.largest, self.value, self.parent = other.largest, other.value, other.parent


class _Node:
    __slots__ = ("value", "name", "where", "parent", "owner", "extension", "foreign", "scale")

    def __init__(self, value, name, where, parent=None, above=None):
        self.value = value
        self.name = name
        self.where = where
        self.parent = parent
        self.owner = above.owner if above else ""
        self.extension = above.extension if above else False
        self.foreign = above.foreign if above else 0
        self.scale = above.scale if above else 1  # For how many of its like it stands.


def locals_of(frame):
    """The local variables of a running function, without leaving a copy of them behind.

    Up to Python 3.12 asking for them fills a dict that the frame keeps, which would keep alive what
    the function deletes. It is emptied again, unless somebody else (locals()) has it as well.
    """
    names = frame.f_locals
    if not frame.f_code.co_flags & _OPTIMIZED:
        return names
    copy = dict(names)
    if isinstance(names, dict) and sys.getrefcount(names) <= 3:
        names.clear()
    return copy


def is_extension(kind):
    """Whether a class of the program extends Keras: a callback, layer, metric or model of its own."""
    return source.is_user_module(kind.__module__) and any(
        base.__module__.partition(".")[0] in ("keras", "tf_keras") and base.__name__ in _KERAS
        for base in kind.__mro__
    )


def _keeps_nothing(value):
    """Whether it is known at once that nothing of note is behind a value, as behind most."""
    if isinstance(value, (str, bytes)):
        return len(value) < _BUFFER
    if isinstance(value, types.FunctionType):
        return not (value.__closure__ or value.__defaults__ or value.__kwdefaults__ or vars(value))
    return isinstance(value, _ATOMS)


def _is_imported(value, module):
    """Whether a module has it from another one, where it is met as well."""
    return isinstance(value, (type, types.FunctionType)) and value.__module__ != module


def _variables_of(name):
    module = sys.modules.get(name)
    if not isinstance(module, types.ModuleType) or not source.is_user_module(name):
        return
    variables = vars(module)
    for variable, value in list(variables.items()):
        if not variable.startswith("__") and not _is_imported(value, name):
            yield _Node(value, variable, f"module {name}", (variables, variable))


def _module_roots():
    for name in list(sys.modules):
        if name != "__main__" and not name.startswith("weir_doctor_agent"):
            yield from _variables_of(name)


def _frame_roots():
    for frame in sys._current_frames().values():
        # The outermost first: its name for a thing is the one that lasts.
        for user in reversed(list(source.user_frames(frame))):
            yield from _locals_as_roots(user)


def _locals_as_roots(frame):
    if frame.f_code.co_flags & _OPTIMIZED:
        where = f"{frame.f_code.co_name}()"
        for variable, value in locals_of(frame).items():
            yield _Node(value, variable, where, (frame.f_code, variable))


def _frame_of(suspended):
    for name in ("gi_frame", "cr_frame", "ag_frame"):
        frame = getattr(suspended, name, None)
        if frame is not None:
            return frame
    return None


def _task_roots():
    """Variables of the coroutines that wait: no running function and no name leads to them."""
    tasks = getattr(sys.modules.get("asyncio"), "tasks", None)
    for registry in ("_scheduled_tasks", "_all_tasks"):
        try:
            waiting = list(getattr(tasks, registry, ()))
        except (RuntimeError, TypeError):  # Another thread has just added one; or it is a function.
            continue
        for task in waiting:
            coroutine = task.get_coro()
            while coroutine is not None:
                frame = _frame_of(coroutine)
                if frame is not None and source.is_user_file(frame.f_code.co_filename):
                    yield from _locals_as_roots(frame)
                coroutine = getattr(coroutine, "cr_await", None)


def _context_roots():
    for variable, value in contextvars.copy_context().items():
        yield _Node(value, variable.name, "context variable", (variable, variable.name))


def _library_roots(extensions):
    for extension in extensions:
        yield _Node(extension, type(extension).__name__, "kept by Keras")
    pyplot = sys.modules.get("matplotlib._pylab_helpers")
    if pyplot is not None:
        yield _Node(pyplot.Gcf.figs, "open figures", "pyplot, until plt.close()")
    logging = sys.modules.get("logging")
    if logging is not None:
        loggers = {"root": logging.root, **logging.root.manager.loggerDict}
        for name, logger in list(loggers.items()):
            for index, handler in enumerate(getattr(logger, "handlers", ())):
                yield _Node(handler, f"handlers[{index}]", f"logger {name}")
    yield from _standard_roots()


def _standard_roots():
    """What the standard library keeps until something ends: no name of the program leads to it."""
    yield _Node(threading._active, "running threads", "until they end")
    yield _Node(weakref.finalize._registry, "calls of weakref.finalize", "until their objects end")


def _items(container):
    """(suffix, key, value) of the entries to look at: all of a small container, else the ends."""
    size = len(container)
    if isinstance(container, (set, frozenset)):
        return [("{…}", None, value) for value in list(islice(container, _WHOLE))]
    if isinstance(container, dict):
        if size > _WHOLE:
            last = list(islice(reversed(container.items()), _ENDS))
            return [("[…]", key, value) for key, value in last]
        return [(f"[{key!r:.40}]", key, value) for key, value in list(container.items())]
    if size > _WHOLE:
        return [("[…]", index, container[index]) for index in (0, *range(size - _ENDS, size))]
    return [(f"[{index}]", index, container[index]) for index in range(size)]


def _attributes(value):
    attributes = getattr(value, "__dict__", None)
    if isinstance(attributes, dict):
        yield from ((name, attributes, item) for name, item in list(attributes.items()))
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            item = getattr(value, name, None) if source.is_user_module(kind.__module__) else None
            if item is not None:
                yield name, None, item


class _Walk:
    def __init__(self, extensions):
        self._extensions = extensions
        self._seen = set()
        self.found = {}
        self._kinds = collections.Counter()

    def run(self):
        others = chain(_frame_roots(), _task_roots(), _context_roots(), _library_roots(self._extensions))
        left = 0
        for roots, nodes in zip((_variables_of("__main__"), _module_roots(), others), _NODES):
            left = self._go_down(roots, left + nodes)
        return self.found

    def _go_down(self, roots, left):
        """Looks at so many nodes from the roots down; returns how many of them are left."""
        self._waiting = collections.deque()
        for node in roots:
            self._wait(node)
        while self._waiting and left:
            left -= 1
            try:
                self._look_at(self._waiting.popleft())
            except Exception:  # An object of a library may do anything when it is asked.
                continue
        return left

    def _look_at(self, node):
        value = node.value
        buffer = buffer_bytes(value)
        if buffer is not None:
            # By its name, not once for all: the name may get another, larger one later.
            if buffer >= _BUFFER and node.parent is not None:
                self._add(node, "buffer", buffer)
        elif id(value) not in self._seen:
            self._seen.add(id(value))
            self._visit(node)

    def _add(self, node, kind, amount):
        found = Found(node, kind, amount)
        known = self.found.setdefault(found.key, found)
        if known is not found and node.scale > 1:
            known.take(found)

    def _push(self, node, value, name, parent=None):
        below = _Node(value, name, node.where, parent, node)
        self._wait(below)
        return below

    def _wait(self, node):
        if not _keeps_nothing(node.value):
            self._waiting.append(node)

    def _visit(self, node):
        value = node.value
        if isinstance(value, _CONTAINERS):
            self._add(node, "container", len(value))
            items = _items(value)
            for suffix, key, item in items:
                below = self._push(node, item, node.name + suffix, (value, key))
                below.scale *= max(1, len(value) / max(1, len(items)))
            if type(value).__module__ == "builtins":
                return
        if isinstance(value, types.FunctionType):
            self._visit_function(node)
        elif isinstance(value, _CACHE):
            self._add(node, "cache", value.cache_info().currsize)
        elif isinstance(value, types.MethodType):
            self._push(node, value.__self__, node.name)
        elif isinstance(value, functools.partial):
            self._push(node, [value.func, value.args, value.keywords], node.name)
        elif isinstance(value, _SUSPENDED):
            frame = _frame_of(value)
            if frame is not None:
                for name, item in locals_of(frame).items():
                    self._push(node, item, f"{node.name}.{name}", (frame.f_code, name))
        elif isinstance(value, type):
            if source.is_user_module(value.__module__):
                for name, item in list(vars(value).items()):
                    if not name.startswith("__"):
                        self._push(node, item, f"{node.name}.{name}", (value, name))
        else:
            self._visit_instance(node)

    def _visit_function(self, node):
        function = node.value
        if not source.is_user_file(function.__code__.co_filename):
            return
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            try:
                item = cell.cell_contents
            except ValueError:
                continue
            where = f"closure of {function.__name__}()"
            below = _Node(item, name, where, (cell, name), node)
            if node.scale > 1:  # One of many: by the name of what has them.
                below.where, below.name = node.where, f"{node.name}.{name}"
            self._wait(below)
        defaults = (function.__defaults__ or ()) + tuple((function.__kwdefaults__ or {}).values())
        for item in defaults:
            self._push(node, item, f"{node.name}'s default")
        for name, item in list(vars(function).items()):
            self._push(node, item, f"{node.name}.{name}", (vars(function), name))

    def _visit_instance(self, node):
        value, kind = node.value, type(node.value)
        root = (kind.__module__ or "").partition(".")[0]
        if source.is_user_module(kind.__module__):
            node.owner = kind.__name__
            node.extension = is_extension(kind)
            self._kinds[kind] += 1
        elif isinstance(value, queue.SimpleQueue):
            self._add(node, "queue", value.qsize())
            return
        elif root in ("tensorflow", "numpy", "threading", "_thread") or node.foreign >= 2:
            return
        else:
            # Few of a library's objects are worth a look: those that hold what the program gave them.
            node.foreign += 2 if root in ("keras", "tf_keras") else 1
        for name, namespace, item in _attributes(value):
            self._push(node, item, f"{node.name}.{name}", (namespace or value, name))
        if root not in ("keras", "tf_keras") and not hasattr(value, "__dict__"):
            for item in gc.get_referents(value)[:_WHOLE]:
                self._push(node, item, f"{node.name}.…")

    def kinds(self):
        """How many objects of each of the program's own classes were met."""
        return self._kinds


def walk(extensions=()):
    """Everything found, by key: see Found; and the number of objects of each user class.

    `extensions` are callbacks, layers and metrics that Keras has, and no name may lead to.
    """
    walked = _Walk(extensions)
    return walked.run(), walked.kinds()


def waiting_in(simple_queue):
    """The entries of a queue.SimpleQueue. Up to Python 3.12 it has them in a list, in which None
    stands for those that were taken out."""
    entries = gc.get_referents(simple_queue)
    if sys.version_info < (3, 13):
        lists = [item for item in entries if isinstance(item, list)]
        entries = [entry for entry in lists[0] if entry is not None] if lists else []
    return entries


def _last_of_cache(cache):
    tables = [entry for entry in gc.get_referents(cache) if isinstance(entry, dict) and len(entry)]
    table = max(tables, key=len, default={})
    # A cache with a limit wraps each result in a link that is no collected object's child.
    return [
        [key, *gc.get_referents(entry)] if "lru" in type(entry).__name__ else [key, entry]
        for key, entry in islice(reversed(table.items()), _MEASURED)
    ]


def _last_entries(found):
    """The entries added last, the newest first, each as a list of what it consists of."""
    value = found.value
    if found.kind == "cache":
        return _last_of_cache(value)
    if found.kind == "queue":
        return [[entry] for entry in reversed(waiting_in(value)[-_MEASURED:])]
    if isinstance(value, dict):
        return [list(item) for item in islice(reversed(value.items()), _MEASURED)]
    if isinstance(value, (set, frozenset)):
        return [[entry] for entry in islice(value, _MEASURED)]
    return [[value[index]] for index in range(len(value) - 1, max(-1, len(value) - 1 - _MEASURED), -1)]


def kept_by(found):
    """What an entry of a container keeps, from the entries added last."""
    if found.kind == "buffer":
        return Kept(1, type(found.value).__name__, "")
    entries = _last_entries(found)
    seen, natives = set(), set()
    if len(entries) == _MEASURED:
        # What the oldest of them keeps and the others as well, like a model, is not theirs.
        for part in entries.pop():
            sizes.kept_bytes(part, seen, set())
    total = sum(sizes.kept_bytes(part, seen, natives) for entry in entries for part in entry)
    parts = [part for entry in reversed(entries) for part in entry]
    telling = [part for part in parts if not isinstance(part, (str, int))] or parts
    kind = type(telling[-1] if telling else None)
    each = total / max(len(entries), 1) + _place_bytes(found.value)
    element = "Model" if sizes.is_model(kind) else kind.__name__
    return Kept(each, element, min(natives, default=""))


def _place_bytes(container):
    """What the place of an entry takes, of the container itself."""
    count = len(container) if isinstance(container, _CONTAINERS) else 0
    return sys.getsizeof(container) / count if count else 8
