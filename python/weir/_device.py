"""Devices: threads and memory that models share."""
from __future__ import annotations

import itertools
import os
import weakref
from collections.abc import Sequence

from weir import _core

_devices: weakref.WeakSet[Device] = weakref.WeakSet()
_numbers = itertools.count()


def limit_of(size: int | str | None) -> int | None:
    """Bytes, from a number or as people write them, "512MiB"."""
    return _core.parse_bytes(size) if isinstance(size, str) else size


class Device:
    """Threads and memory that models share: what virtual devices and "memory growth" are to
    TensorFlow. Models on one device take turns and share one arena, as large as the largest of them
    needs; models on different devices run at the same time, each device within its own limit.

    Args:
        threads: 0 is one for each of `cores`, or for each processor.
        cores: processors that the threads are kept on, by the system's numbers; any by default.
        memory_limit: of packed weights and the arena of all models on the device, in bytes or as
            "512MiB".
        mode: "grow" takes memory when it is first needed, and `trim` gives it back; "reserve" takes
            and touches all of the limit at once, so that it cannot fail later.

    Raises:
        ValueError: for options that make no sense, as a core that is not there, or "reserve" without
            a limit.
        MemoryError: when the system gives no threads or no memory.

    >>> import numpy as np, weir
    >>> device = weir.Device(threads=1, memory_limit="64MiB")
    >>> model = weir.load_model("examples/digits/digits.keras", device=device)
    >>> model.predict(np.zeros((1, 8, 8, 1), "float32")).shape
    (1, 10)
    >>> device.weights_bytes > 0 and device in weir.devices()
    True
    """

    def __init__(self, threads: int = 0, cores: Sequence[int] = (),
                 memory_limit: int | str | None = None, mode: str = "grow") -> None:
        limit = limit_of(memory_limit)
        self._core = _core.Device(threads, list(cores), limit, mode)
        self.cores = tuple(cores)
        self.memory_limit = limit  #: In bytes; None for no limit.
        self.mode = mode
        self._number = next(_numbers)
        _devices.add(self)

    @property
    def threads(self) -> int:
        """How many there are."""
        return self._core.threads

    @property
    def arena_bytes(self) -> int:
        """Of the arena that is taken now."""
        return self._core.arena_bytes

    @property
    def weights_bytes(self) -> int:
        """Of the packed weights of the models on the device."""
        return self._core.weights_bytes

    def trim(self) -> None:
        """Gives the arena back to the system; the next prediction takes what it needs again. Does
        nothing on a device that reserves."""
        self._core.trim()

    def __reduce__(self) -> tuple[object, ...]:
        return Device, (self.threads, self.cores, self.memory_limit, self.mode)

    def __repr__(self) -> str:
        limit = "" if self.memory_limit is None else f", memory_limit={self.memory_limit}"
        return f"weir.Device(threads={self.threads}{limit}, mode={self.mode!r})"


def devices() -> list[Device]:
    """The devices that are in use, in the order they were made: those that `Device` made, and one
    for each model that was loaded without."""
    return sorted(_devices, key=lambda device: device._number)


def _after_fork() -> None:
    for device in list(_devices):
        device._core.after_fork()


os.register_at_fork(after_in_child=_after_fork)
