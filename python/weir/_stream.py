"""`Model.predict_stream`: batches in, predictions out, in constant memory."""
from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from weir._outputs import one_or_all
from weir._reader import ReadAhead
from weir._arrays import numpy_dtype
from weir._profile import current
from weir._retention import Kept
from weir._ring import Ring, views
from weir._sources import open_stream

if TYPE_CHECKING:
    from weir._model import Model

_log = logging.getLogger("weir")


def predict_stream(model: Model, source: Any, batch_size: int, prefetch: int,
                   on_error: str) -> Iterator[Any]:
    """See `Model.predict_stream`."""
    skips = on_error == "skip"
    kept = Kept()
    ring = Ring([numpy_dtype(dtype) for _, dtype, _ in model._core.outputs], kept)
    ahead = ReadAhead(open_stream(source, model, batch_size, skips), prefetch)
    try:
        for number, inputs in enumerate(ahead):
            try:
                given = [array.shape for array in inputs]
                predictor = model._predictor_of(given)
                shapes = predictor.output_shapes(given)
                buffers = ring.take(shapes)
                outputs = views(buffers, shapes)
                predictor.run(inputs, outputs)
            except ValueError as error:
                if not skips:
                    raise
                _log.warning("batch %d is skipped: %s", number, error)
                continue
            profile = current()
            if profile is not None:
                profile.tell_stream(source, ahead.waiting(), kept)
            del buffers, inputs  # Who holds a batch while it is handed over is its consumer.
            result = one_or_all(outputs)
            del outputs
            yield result
            del result
    finally:
        ahead.close()
