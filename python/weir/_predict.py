"""`Model.predict`: all rows of a source into one result."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weir._callbacks import Callbacks
from weir._outputs import Outputs
from weir._progress import Progress
from weir._sources import Rows, is_stream, open_rows, open_stream

if TYPE_CHECKING:
    from weir._model import Model

# Rows of arrays that nobody looks at pass many at a time. Where they must be copied into another
# order or type first, a few megabytes at a time are.
_PART_BYTES = 4 << 20
_MOST_ROWS = 1 << 20


def predict(model: Model, x: Any, batch_size: int | None, verbose: Any, steps: int | None,
            callbacks: Any, out: Any, one_batch: bool = False) -> Any:
    """See `Model.predict`; `one_batch` takes all rows of arrays as one."""
    size = model._options["batch_size"] if batch_size is None else batch_size
    if size < 1:
        raise ValueError("batch_size is at least 1")
    if is_stream(x):
        rows, batches = None, open_stream(x, model, size)
    else:
        source = open_rows(x, model)
        if one_batch:
            size = max(source.count, 1)
        rows = source.count if steps is None else min(source.count, steps * size)
        whole = steps is not None or callbacks or model._takes_batches_whole()
        batches = source.batches(size if whole else _part_rows(source, size))
    listeners = Callbacks(callbacks, model, {"verbose": verbose, "epochs": 1, "steps": steps})
    return _Run(model, listeners, Outputs(model._core.outputs, rows, out)).all(
        batches, steps, Progress(verbose, rows))


def _part_rows(source: Rows, size: int) -> int:
    """Many whole batches, as rows that pass at a time."""
    wanted = min(max(_PART_BYTES // max(source.row_bytes(), 1), size), max(_MOST_ROWS, size))
    return wanted // size * size


class _Run:
    """One prediction on its way."""

    def __init__(self, model: Model, callbacks: Callbacks, outputs: Outputs) -> None:
        self._model = model
        self._callbacks = callbacks
        self._outputs = outputs

    def all(self, batches: Any, steps: int | None, progress: Progress) -> Any:
        self._model.stop_predicting = False
        self._callbacks.begin()
        try:
            for number, inputs in enumerate(batches):
                if steps is not None and number == steps:
                    break
                self._step(number, inputs)
                progress.add(len(inputs[0]))
                if self._model.stop_predicting:
                    break
        finally:
            progress.close()
        self._callbacks.end()
        return self._outputs.finish()

    def _step(self, number: int, inputs: list[Any]) -> None:
        self._callbacks.batch_begin(number)
        given = [array.shape for array in inputs]
        predictor = self._model._predictor_of(given)
        room = self._outputs.next(predictor.output_shapes(given), given[0][0])
        predictor.run(inputs, room)
        if self._callbacks:
            self._callbacks.batch_end(number, room)
