"""The turns of the contenders in a cell."""
import contextlib
import math
import pathlib
import statistics
import tempfile
import time

import numpy as np
from common import forms

from process import Failed, Process

GROUP_SECONDS = 2e-4  # A group of calls takes at least as long, so that a clock can tell.
WARM_UP = 0.2         # Of a turn's time, before it: a process that was stopped has cold caches.
MOST_GROUPS = 4000


class Racer:
    """A contender that is ready, and how many calls make its turn."""

    def __init__(self, kind, process, effort):
        self.kind, self.seconds = kind, []
        self._process = process
        process.ask("run", 1, 1)
        call = process.ask("run", 1, 1)[0]
        if call < GROUP_SECONDS:  # The first calls of something small tell little.
            call = statistics.median(process.ask("run", 20, round(GROUP_SECONDS / call)))
        self._calls = max(1, round(GROUP_SECONDS / call))
        group = self._calls * call
        self._groups = min(MOST_GROUPS, max(1, math.ceil(effort.seconds / group)))
        self._warm_up = int(WARM_UP * self._groups)

    def turn(self):
        """One round's number is the median of its groups: an interruption spoils one of them."""
        if self._warm_up:
            self._process.ask("run", self._warm_up, self._calls)
        groups = self._process.ask("run", self._groups, self._calls)
        self.seconds.append(statistics.median(groups))


def difference(process, expected):
    """The largest from Keras's answers, absolute and relative to the largest answer."""
    with tempfile.TemporaryDirectory() as work:
        file = pathlib.Path(work, "answers.npy")
        process.ask("answer", file)
        found = np.load(file).reshape(expected.shape)
    largest = float(np.abs(found - expected).max())
    return largest, largest / float(np.abs(expected).max())


def race_cell(cell, kinds, folder, build, effort, say):
    """What came out for each kind: seconds a call in each round, or why there are none."""
    expected = np.load(folder / "expected.npy")[:cell.batch]
    entries, racers = {}, []

    def leave(kind, why):
        entries[kind.name] = {"unavailable": str(why)}
        say(f"  {kind.name}: {why}")

    with contextlib.ExitStack() as stack:
        for kind in kinds:
            try:
                entries[kind.name], racer = prepare(cell, kind, folder, build, effort, expected, stack)
                racers.append(racer)
            except Failed as why:
                leave(kind, why)
        rounds, begin = 0, time.monotonic()
        while effort.more(rounds, begin):
            first = rounds % max(1, len(racers))
            rounds += 1
            for racer in racers[first:] + racers[:first]:
                try:
                    racer.turn()
                except Failed as why:
                    racers.remove(racer)
                    leave(racer.kind, why)
    for racer in racers:
        entries[racer.kind.name]["seconds"] = racer.seconds
    return entries


def prepare(cell, kind, folder, build, effort, expected, stack):
    form = kind.form_record(folder, cell.batch)
    if form and form["way"] is None:
        raise Failed(forms.why_not(form))
    process = Process(kind.command(build, folder, cell.batch, cell.threads),
                      kind.environment(build, cell.threads))
    stack.callback(process.close)
    absolute, relative = difference(process, expected)
    entry = {"way": form.get("way"), "failed_ways": form.get("failed"), "difference": absolute,
             "relative_difference": relative}
    return entry, Racer(kind, process, effort)
