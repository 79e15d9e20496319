"""The peak of this process's resident memory, from now on."""
from __future__ import annotations

import pathlib
import threading

from weir import _core

_SAMPLE_SECONDS = 0.005


class PeakMemory:
    """Counts from when it is made. The kernel keeps the peak, where it lets a process begin a new
    one (proc(5), clear_refs); elsewhere a thread looks every five milliseconds."""

    def __init__(self) -> None:
        self._before = _core.resident_bytes()
        self._most = self._before
        self._done = threading.Event()
        self._sampler: threading.Thread | None = None
        try:
            pathlib.Path("/proc/self/clear_refs").write_text("5")
        except OSError:
            self._sampler = threading.Thread(target=self._sample, daemon=True)
            self._sampler.start()

    def rise(self) -> int:
        """Bytes by which the peak lay above where it began."""
        if self._sampler is not None:
            self._done.set()
            self._sampler.join()
            return self._most - self._before
        return max(_peak_bytes() - self._before, 0)

    def _sample(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            self._most = max(self._most, _core.resident_bytes())


def _peak_bytes() -> int:
    status = pathlib.Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
