"""The rhythm of Python's cyclic collector: how often, how much, how long."""

import gc
import time

from .record import Thinned


class Collector:
    """Writes each full collection (thinned), with the live bytes before and after it."""

    def __init__(self, record, memory):
        self._record = record
        self._memory = memory
        self._kept = Thinned(128)
        self._began = 0.0
        self._live = 0
        self.runs = [0, 0, 0]
        self.collected = 0
        self.seconds = 0.0

    def start(self):
        gc.callbacks.append(self._on_collection)

    def stop(self):
        if self._on_collection in gc.callbacks:
            gc.callbacks.remove(self._on_collection)

    def _on_collection(self, phase, info):
        generation = info["generation"]
        if phase == "start":
            self._live = self._memory.live() if generation == 2 else 0
            self._began = time.monotonic()
            return
        seconds = time.monotonic() - self._began
        self.runs[generation] += 1
        self.collected += info["collected"]
        self.seconds += seconds
        if generation == 2 and self._kept.keeps():
            self._record.write(
                "collection",
                time=self._began,
                collected=info["collected"],
                seconds=seconds,
                live_before=self._live,
                live_after=self._memory.live(),
            )
