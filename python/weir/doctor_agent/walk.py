"""A walk from the names of the program to what they keep.

It starts at module variables, local variables of running functions, callbacks of a running predict
and the handlers of logging, and goes down through containers, attributes, closures and caches. What
it finds has therefore a name that a person can read: `server.history`, `jobs.queue`, `cache_info of
embed()`. It looks at the ends of large containers only, so its cost does not grow with what is kept.
"""

import collections
import functools
import gc
import queue
import sys
import types
from itertools import islice

from . import sizes, source

_NODES = 6_000
_WHOLE = 32
_ENDS = 6
_BUFFER = 1024
_CONTAINERS = (list, tuple, dict, set, frozenset, collections.deque)
_ATOMS = (int, float, complex, bool, type(None), types.CodeType, types.ModuleType, types.FrameType)
_CACHE = type(functools.lru_cache(lambda: None))
_KERAS = ("Callback", "Layer", "Metric", "Model")
_OPTIMIZED = 0x1


class Found:
    """Something with a name whose size can grow. Holds it only as long as a walk's result lives."""

    __slots__ = ("key", "name", "where", "kind", "amount", "value", "parent", "owner", "extension")

    def __init__(self, node, kind, amount):
        self.key = f"{node.where}|{node.name}"
        self.name = node.name
        self.where = node.where
        self.kind = kind
        self.amount = amount
        self.value = node.value
        self.parent = node.parent
        self.owner = node.owner
        self.extension = node.extension


class _Node:
    __slots__ = ("value", "name", "where", "parent", "owner", "extension", "foreign")

    def __init__(self, value, name, where, parent=None, above=None):
        self.value = value
        self.name = name
        self.where = where
        self.parent = parent
        self.owner = above.owner if above else ""
        self.extension = above.extension if above else False
        self.foreign = above.foreign if above else 0


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


def _module_roots():
    for name, module in list(sys.modules.items()):
        if isinstance(module, types.ModuleType) and source.is_user_module(name):
            if name.startswith("weir_doctor_agent"):
                continue
            variables = vars(module)
            for variable, value in list(variables.items()):
                if not variable.startswith("__"):
                    yield _Node(value, variable, f"module {name}", (variables, variable))


def _frame_roots():
    for frame in sys._current_frames().values():
        # The outermost first: its name for a thing is the one that lasts.
        for user in reversed(list(source.user_frames(frame))):
            if not user.f_code.co_flags & _OPTIMIZED:
                continue
            where = f"{user.f_code.co_name}()"
            for variable, value in locals_of(user).items():
                yield _Node(value, variable, where, (user.f_code, variable))


def _library_roots(callbacks):
    for callback in callbacks:
        yield _Node(callback, type(callback).__name__, "callback")
    logging = sys.modules.get("logging")
    if logging is not None:
        loggers = {"root": logging.root, **logging.root.manager.loggerDict}
        for name, logger in list(loggers.items()):
            for index, handler in enumerate(getattr(logger, "handlers", ())):
                yield _Node(handler, f"handlers[{index}]", f"logger {name}")


def _items(container):
    """(suffix, key, value) of the entries to look at: all of a small container, else the ends."""
    if isinstance(container, dict):
        entries = container.items()
        if len(container) > _WHOLE:
            entries = islice(reversed(entries), _ENDS)
        return [(f"[{key!r:.40}]", key, value) for key, value in list(entries)]
    if isinstance(container, (set, frozenset)):
        return [("{…}", None, value) for value in islice(list(container)[:_WHOLE], _WHOLE)]
    size = len(container)
    indices = range(size) if size <= _WHOLE else (0, *range(size - _ENDS, size))
    return [(f"[{index}]", index, container[index]) for index in indices]


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
    def __init__(self, callbacks):
        self._seen = set()
        self._waiting = collections.deque(_module_roots())
        self._waiting.extend(_frame_roots())
        self._waiting.extend(_library_roots(callbacks))
        self.found = {}
        self._kinds = collections.Counter()

    def run(self):
        left = _NODES
        while self._waiting and left:
            left -= 1
            node = self._waiting.popleft()
            value = node.value
            if isinstance(value, _ATOMS):
                continue
            buffer = sizes.buffer_bytes(value)
            if buffer is not None:
                # By its name, not once for all: the name may get another, larger one later.
                if buffer >= _BUFFER and node.parent is not None:
                    self._add(node, "buffer", buffer)
                continue
            if id(value) not in self._seen:
                self._seen.add(id(value))
                self._visit(node)
        return self.found

    def _add(self, node, kind, amount):
        found = Found(node, kind, amount)
        self.found.setdefault(found.key, found)

    def _push(self, node, value, name, parent=None):
        self._waiting.append(_Node(value, name, node.where, parent, node))

    def _visit(self, node):
        value = node.value
        if isinstance(value, _CONTAINERS):
            self._add(node, "container", len(value))
            for suffix, key, item in _items(value):
                self._push(node, item, node.name + suffix, (value, key))
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
        elif isinstance(value, (types.GeneratorType, types.CoroutineType)):
            if value.gi_frame if isinstance(value, types.GeneratorType) else None:
                for name, item in locals_of(value.gi_frame).items():
                    self._push(node, item, f"{node.name}.{name}", (value.gi_frame.f_code, name))
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
            self._waiting.append(
                _Node(item, name, f"closure of {function.__name__}()", (cell, name), node)
            )
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


def walk(callbacks=()):
    """Everything found, by key: see Found; and the number of objects of each user class."""
    walked = _Walk(callbacks)
    return walked.run(), walked.kinds()


def kept_by(found):
    """(bytes of one entry, about; what an entry is) of a container, from the entries added last."""
    value = found.value
    if found.kind == "buffer":
        return 1, type(value).__name__
    if found.kind == "cache":
        entries = gc.get_referents(value)
        tables = [entry for entry in entries if isinstance(entry, dict) and len(entry)]
        table = max(tables, key=len, default={})
        last = list(islice(reversed(table.values()), 8))
        # A cache with a limit wraps each result in a link that is no collected object's child.
        links = [gc.get_referents(entry) if "lru" in type(entry).__name__ else [entry] for entry in last]
        entries = [item for link in links for item in link]
        count = max(len(last), 1)
    elif found.kind == "queue":
        entries = [item for item in gc.get_referents(value) if isinstance(item, list)]
        entries = entries[0][-8:] if entries else []
        count = max(len(entries), 1)
    elif isinstance(value, dict):
        last = list(islice(reversed(value.items()), 8))
        entries = [part for item in last for part in item]
        count = max(len(last), 1)
    elif isinstance(value, (set, frozenset)):
        entries = list(islice(value, 8))
        count = max(len(entries), 1)
    else:
        entries = [value[index] for index in range(max(0, len(value) - 8), len(value))]
        count = max(len(entries), 1)
    seen = set()
    total = sum(sizes.kept_bytes(entry, seen) for entry in entries)
    values = [entry for entry in entries if not isinstance(entry, (str, int))] or entries
    return total / count + 8, type(values[-1]).__name__ if values else "nothing"
