"""What counts as a step: the outermost call of a model, a batch, a tf.function, or weir.step()."""

import functools
import sys
import threading
import time

_MANY_CALLS = 8
_MANY_BATCHES = 256


class Steps:
    """Counts of each kind of step. The diagnosis chooses the one that fits the program."""

    def __init__(self, before, after, batch):
        self._before = before
        self._after = after
        self._batch = batch
        self._local = threading.local()
        self.calls = 0
        self.batches = 0
        self.functions = 0
        self.marks = 0
        self.looks = 0
        self.last = time.monotonic()

    def now(self):
        return {
            "time": time.monotonic(),
            "calls": self.calls,
            "batches": self.batches,
            "functions": self.functions,
            "marks": self.marks,
        }

    def ended(self, wanted):
        """Whether so many steps have ended. Batches count where one call has hundreds of them."""
        batches = self.batches if not self.calls and self.batches >= _MANY_BATCHES else 0
        return (self.marks or self.calls or batches or self.functions) >= wanted

    def explicit(self):
        self.marks += 1
        self._ended(sys._getframe(2))

    def batch_ended(self, callbacks):
        self.batches += 1
        # Where calls are the steps, their batches are not worth a look each.
        if self.calls < _MANY_CALLS:
            self.looks += 1
            self.last = time.monotonic()
            self._batch(callbacks, sys._getframe(1))

    def wrap(self, function, counter):
        """The function, counting its outermost calls: those that no other counted call makes."""

        @functools.wraps(function)
        def counted(*args, **kwargs):
            local = self._local
            if getattr(local, "depth", 0):
                return function(*args, **kwargs)
            local.depth = 1
            frame = sys._getframe(1)
            self._before(frame, counter, args, kwargs)
            try:
                return function(*args, **kwargs)
            finally:
                local.depth = 0
                setattr(self, counter, getattr(self, counter) + 1)
                if counter == "calls" or not self.calls:
                    self._ended(frame)

        return counted

    def _ended(self, frame):
        self.looks += 1
        self.last = time.monotonic()
        self._after(frame)
