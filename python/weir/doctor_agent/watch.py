"""A few steps under sys.settrace: which line adds to a growing container, what a line costs.

Only the program's own functions are traced line by line; of the library's, the call alone is seen.
So a window of three steps costs a few milliseconds, and there are few windows.
"""

import _thread
import collections
import contextvars
import sys
import time

from . import source
from .buffers import buffer_bytes

SECONDS = 1.0  # That a window is open at most.
_EVENTS = 40_000
_EVENTS_A_LOOK_AT_THE_CLOCK = 64
_KERAS_CALLBACKS = ("callback_list.py", "callbacks.py", "lambda_callback.py", "callback.py")


class _Place:
    __slots__ = ("file", "line", "function", "through")

    def __init__(self, frame, through):
        self.file = frame.f_code.co_filename
        self.line = frame.f_lineno
        self.function = frame.f_code.co_name
        self.through = through

    def key(self):
        return (self.file, self.line, self.function, self.through)


def is_replaced(found):
    """Whether it grows by another, larger one in its place."""
    return found.kind == "buffer" or isinstance(found.value, (tuple, frozenset))


def _measure(found):
    """A function that says how large something found is now. Holds it while the window is open."""
    value = found.value
    # A list may be replaced as well: `kept = kept + [one]`.
    if is_replaced(found) or (found.kind == "container" and found.parent is not None):
        return _bound(found)
    if found.kind == "cache":
        return lambda frame: value.cache_info().currsize
    if found.kind == "queue":
        return lambda frame: value.qsize()
    return lambda frame: len(value)


def _bound(found):
    """The size of whatever the name is bound to now."""
    namespace, name = found.parent

    def size(item):
        return len(item) if found.kind == "container" else buffer_bytes(item) or 0

    if isinstance(namespace, dict):
        return lambda frame: size(namespace.get(name, ()))
    if isinstance(namespace, contextvars.ContextVar):
        return lambda frame: size(namespace.get(()))
    if hasattr(namespace, "co_name"):
        last = size(found.value)

        def local(frame):
            nonlocal last
            if frame.f_code is namespace and name in frame.f_locals:
                last = size(frame.f_locals[name])
            return last

        return local
    if hasattr(namespace, "cell_contents"):
        return lambda frame: size(namespace.cell_contents)
    if isinstance(name, str) and not isinstance(namespace, (list, tuple)):
        return lambda frame: size(getattr(namespace, name, ()))
    return lambda frame: size(namespace[name])


class Window:
    """Watches from `frame`, a running function of the program, until `close`."""

    # The interpreter only borrows the function that it is about to call: a collection on its way there,
    # or another thread, may end the window, and the function must still be there.
    _still_called = collections.deque(maxlen=32)

    def __init__(self, suspects, live, frame):
        self._on_call, self._on_event = self._called, self._happened
        self._still_called.append((self._on_call, self._on_event))
        self._watched = {found.key: _measure(found) for found in suspects}
        self._sizes = {}
        self._live = live
        self._last_live = 0
        self._stack = []
        self._events = 0
        self.adders = {}
        self.costs = {}
        self.began = time.monotonic()
        self._thread = _thread.get_ident()
        self._base = list(source.user_frames(frame))
        self.open = sys.gettrace() is None and bool(self._base)
        if self.open:
            self._begin()

    def _begin(self):
        for frame in reversed(self._base):
            self._stack.append(_Place(frame, _through(frame)))
            frame.f_trace = self._on_event
        self._sizes = {key: measure(self._base[0]) for key, measure in self._watched.items()}
        self._last_live = self._live()
        sys.settrace(self._on_call)

    def close(self):
        """Ends it. In another thread than the one that is traced this takes effect with its next call."""
        self.open = False
        if _thread.get_ident() == self._thread:
            sys.settrace(None)
        for frame in self._base:
            frame.f_trace = None
        self._watched = {}
        self._base = []

    def _called(self, frame, event, argument):
        if not self.open:
            sys.settrace(None)
            return None
        if not source.is_user_file(frame.f_code.co_filename):
            return None
        self._account(frame)
        self._stack.append(_Place(frame, _through(frame)))
        return self._on_event

    def _happened(self, frame, event, argument):
        if not self.open:
            return None
        self._account(frame)
        if event == "line" and self._stack:
            self._stack[-1] = _Place(frame, self._stack[-1].through)
        elif event == "return" and self._stack:
            self._stack.pop()
            # What runs next is the caller's, whose line has not ended yet.
        self._events += 1
        if self._events > _EVENTS or self._is_late():
            self.open = False
            sys.settrace(None)
        return self._on_event

    def _is_late(self):
        if self._events % _EVENTS_A_LOOK_AT_THE_CLOCK:
            return False
        return time.monotonic() - self.began > SECONDS

    def _account(self, frame):
        """Lays what has changed since the last event to the line that ran meanwhile."""
        place = self._stack[-1] if self._stack else None
        for key, measure in self._watched.items():
            try:
                size = measure(frame)
            except Exception:  # Gone, or changed under us by another thread.
                continue
            if size > self._sizes[key] and place is not None:
                lines = self.adders.setdefault(key, {})
                lines[place.key()] = lines.get(place.key(), 0) + size - self._sizes[key]
            self._sizes[key] = size
        live = self._live()
        if place is not None:
            cost = self.costs.setdefault(place.key()[:3], [0, 0])
            cost[0] += live - self._last_live
            cost[1] += 1
        self._last_live = live


def _through(frame):
    """Whether the function was called by Keras for a callback, by another library, or by the program."""
    caller = frame.f_back
    if caller is None or source.is_user_file(caller.f_code.co_filename):
        return ""
    while caller is not None and not source.is_user_file(caller.f_code.co_filename):
        if caller.f_code.co_filename.endswith(_KERAS_CALLBACKS):
            return "callback"
        caller = caller.f_back
    return "library"
