"""The allocation tracer that `weir doctor` preloads, as far as the agent drives it."""

import ctypes
import os


class Tracer:
    """Tells the tracer where steps begin, and asks for its books. Does nothing without a tracer."""

    def __init__(self):
        traced = bool(os.environ.get("WEIR_TRACE_OUT"))
        # A step is begun without letting another thread of Python in: it takes about a microsecond.
        self._step = getattr(ctypes.PyDLL(None), "weir_tracer_step", None) if traced else None
        self._dump = getattr(ctypes.CDLL(None), "weir_tracer_site_dump", None) if traced else None
        self._steps = 0
        if self._step is not None:
            self._step.argtypes, self._step.restype = [ctypes.c_ulonglong], None

    def step(self):
        """A step has ended, and the next begins."""
        if self._step is not None:
            self._steps += 1
            self._step(self._steps)

    def dump(self):
        """Has the live allocations written, by their stacks."""
        if self._dump is not None:
            self._dump()
