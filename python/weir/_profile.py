"""`weir.profile`: a record of what models do while it is on, and whose memory is whose."""
from __future__ import annotations

import json
import os
import pathlib
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from weir import _core
from weir._growth import Growth
from weir._holdings import holdings_of
from weir._metric import Metric
from weir._retention import Kept

if TYPE_CHECKING:
    from weir._model import Model

# How often a source is looked through for what it holds.
_LOOK_SECONDS = 0.2

_on: weakref.WeakSet[Profile] = weakref.WeakSet()


def current() -> Profile | None:
    """The profile that is on, if one is."""
    return next(iter(_on), None)


class Profile:
    """What models do between its beginning and its end, as a record and as reports of it.

    Made by `weir.profile`. One may be on at a time; it sees every model of the process.
    """

    def __init__(self, path: str | os.PathLike[str] | None, models: Iterable[Model]) -> None:
        if path is None:
            folder = tempfile.mkdtemp(prefix="weir-profile-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            path = pathlib.Path(folder) / "run.weirprof"
        #: Of the record.
        self.path = pathlib.Path(path)
        self._models = models
        self._core: _core.Profile | None = None
        self._next_look = 0.0

    def __enter__(self) -> Profile:
        if current() is not None:
            raise RuntimeError("a profile is on already")
        self._core = _core.Profile(self.path)
        _on.add(self)
        for model in list(self._models):
            model._watch(self._core)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        _on.discard(self)
        self.core.finish()  # With a last look at whose memory is whose, while the models say so.
        for model in list(self._models):
            model._watch(None)

    @property
    def core(self) -> _core.Profile:
        if self._core is None:
            raise RuntimeError("the profile has not begun: use it in a with statement")
        return self._core

    def growth(self) -> Growth:
        """Whether resident memory grows with the steps so far."""
        return Growth(**self.core.growth())

    def metrics(self) -> str:
        """Counters and gauges so far, in Prometheus's text format."""
        return self.core.metrics()

    def each_metric(self, callback: Callable[[Metric], object]) -> None:
        """Gives the callback each measurement under OpenTelemetry's name and unit, for an exporter of
        one's own: those of one name come one after the other, told apart by their attributes."""
        self.core.each_metric(lambda **fields: callback(Metric(**fields)))

    def serve_metrics(self, port: int = 0) -> int:
        """Answers HTTP requests for `metrics` on the loopback interface while the profile is on, and
        returns the port: a free one for 0."""
        return self.core.serve_metrics(port)

    def listen(self, socket: str | os.PathLike[str]) -> None:
        """Offers the record to `weir top` on a local socket of this name while the profile is on."""
        self.core.listen(pathlib.Path(socket))

    def report(self, path: str | os.PathLike[str], format: str | None = None,
               compare: Profile | str | os.PathLike[str] | None = None) -> None:
        """Writes a report of the record, also while it is on: "html" (one page that needs nothing
        else), "text", "json", "trace" (Chrome, Perfetto), "folded" (flame graphs) or "svg"; by
        default as the path's ending says. An HTML page may compare it with another record."""
        path = pathlib.Path(path)
        other = compare.path if isinstance(compare, Profile) else compare
        kind = format or path.suffix.lstrip(".") or "text"
        text = _core.report_of(self.path, "text" if kind == "txt" else kind,
                               None if other is None else pathlib.Path(other))
        path.write_text(text, encoding="utf-8")

    def to_dict(self) -> dict[str, Any]:
        """The record as `weir report --format json` gives it: verdict, owners, series, layers."""
        return json.loads(_core.report_of(self.path, "json"))

    @property
    def verdict(self) -> str:
        """The finding in a sentence: level with a bound, or growth with its holder."""
        return self.to_dict()["verdict"]["sentence"]

    def __str__(self) -> str:
        return _core.report_of(self.path, "text")

    def tell_retained(self, holder: str, kept: Kept) -> None:
        """`holder` keeps these predictions."""
        self.core.retained(holder, kept.batches(), kept.bytes())

    def tell_stream(self, source: Any, queued: int, consumer: Kept) -> None:
        """A batch of a stream was made: so many wait, and now and then tells what the source and the
        loop over the stream hold."""
        self.core.queue_depth(queued)
        now = time.monotonic()
        if now < self._next_look:
            return
        for path, count, size in holdings_of(source):
            self.core.retained(f"the source ({path})", count, size)
        self.tell_retained("the loop over predict_stream", consumer)
        # Looking may take no more than a fiftieth of the time.
        self._next_look = now + max(_LOOK_SECONDS, 50 * (time.monotonic() - now))
