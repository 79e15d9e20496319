"""Traces of tf.function, and why each was made."""

import collections
import functools
import sys
import threading
import weakref

from . import source
from .record import Thinned

_REMEMBERED = 32


def _is_of_pipeline_by_keras(name):
    """Keras makes a pipeline for each predict, with small functions of their own."""
    frame = sys._getframe(2) if str(name).startswith("Dataset_") else None
    while frame is not None and not source.is_user_file(frame.f_code.co_filename):
        if frame.f_globals.get("__name__", "").partition(".")[0] in ("keras", "tf_keras"):
            return True
        frame = frame.f_back
    return False


def _unwrapped(function):
    for _ in range(8):
        inner = getattr(function, "__wrapped__", None) or getattr(function, "func", None)
        if inner is None or not callable(inner):
            break
        function = inner
    return function


def _described(value):
    """An argument as a trace knows it: a tensor by type and shape, anything else by its value."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return ("tensor", str(getattr(value.dtype, "name", value.dtype)), str(value.shape))
    if isinstance(value, (bool, int, float, str, type(None))):
        return ("value", type(value).__name__, repr(value)[:60])
    return ("object", type(value).__name__, str(id(value)))


def _flat(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from _flat(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _flat(item)
    else:
        yield _described(value)


def _difference(new, old):
    """(reason, detail) of two argument lists that differ."""
    if len(new) != len(old):
        return "new structure", f"{len(new)} arguments instead of {len(old)}"
    for now, before in zip(new, old):
        if now == before:
            continue
        if now[0] == "tensor" and before[0] == "tensor":
            if now[1] != before[1]:
                return "new type", f"{now[1]} instead of {before[1]}"
            return "new shape", f"{now[2]} instead of {before[2]}"
        if now[0] == "value":
            return "Python value", f"{now[2]} instead of {before[2]}"
        return "new object", f"another {now[1]} is passed each time"
    return "new function object", "the same arguments, but another tf.function"


class Traces:
    """Counts traces and writes each (thinned) with its reason and the line of the call."""

    def __init__(self, record, steps):
        self._record = record
        self._steps = steps
        self._kept = Thinned(200)
        self._inside = threading.local()
        self._known = {}
        self.count = 0

    def wrap(self, trace):
        @functools.wraps(trace)
        def traced(name, python_func, *args, **kwargs):
            # Bodies of loops and branches, and functions that are called while one is traced, are
            # parts of its trace.
            if getattr(self._inside, "flag", False) or _is_of_pipeline_by_keras(name):
                return trace(name, python_func, *args, **kwargs)
            self._inside.flag = True
            try:
                self._note(name, python_func, args)
                return trace(name, python_func, *args, **kwargs)
            finally:
                self._inside.flag = False

        return traced

    def _note(self, name, python_func, args):
        try:
            self.count += 1
            reason, detail = self._reason(python_func, tuple(_flat(args[:2])))
            if not self._kept.keeps():
                return
            function = _unwrapped(python_func)
            code = getattr(function, "__code__", None)
            frame = next(source.user_frames(sys._getframe(2)), None)
            self._record.write(
                "trace",
                **self._steps.now(),
                number=self.count,
                function=str(name),
                file=code.co_filename if code else "",
                line=code.co_firstlineno if code else 0,
                call=source.place(frame) if frame else None,
                reason=reason,
                detail=detail,
            )
        except Exception:
            self._record.trouble("traces")

    def _reason(self, python_func, signature):
        function = _unwrapped(python_func)
        target = getattr(function, "__func__", function)
        code = getattr(target, "__code__", None) or type(target)
        owner = getattr(function, "__self__", None)
        known = self._known.setdefault(code, _Known())
        reason = known.reason(target, owner, signature)
        known.remember(target, owner, signature)
        return reason


class _Known:
    """What was traced of one piece of code."""

    def __init__(self):
        self._function = None
        self._owner = None
        self._signatures = collections.deque(maxlen=_REMEMBERED)

    def reason(self, function, owner, signature):
        if not self._signatures:
            return "first", ""
        if self._owner is not None and owner is not None and self._owner() is not owner:
            return "bound method", "the method of another object each time"
        if self._function is not None and self._function() is not function:
            return "new function object", "a new function or lambda is made each time"
        nearest = min(
            self._signatures,
            key=lambda old: sum(a != b for a, b in zip(old, signature)) + 9 * abs(len(old) - len(signature)),
        )
        return _difference(signature, nearest)

    def remember(self, function, owner, signature):
        self._function = _weak(function)
        self._owner = _weak(owner) if owner is not None else None
        self._signatures.append(signature)


def _weak(value):
    try:
        return weakref.ref(value)
    except TypeError:
        return None
