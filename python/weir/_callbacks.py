"""Callbacks, as Keras calls them, and an eye on what they keep."""
from __future__ import annotations

import warnings
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from weir._outputs import one_or_all
from weir._profile import current
from weir._retention import Kept, path_to
from weir._arrays import numpy_dtype
from weir._ring import Ring, fill, is_kept, views

if TYPE_CHECKING:
    from weir._model import Model


class RetentionWarning(UserWarning):
    """A callback keeps the predictions that it is shown, so that memory grows with every batch."""


class Batch(np.ndarray):
    """Outputs as a callback sees them: an array, with what callbacks ask of a tensor."""

    def numpy(self) -> np.ndarray:
        return np.asarray(self)


class Callbacks:
    """The callbacks of one `predict`: `keras.callbacks.Callback` objects, or any with some of its
    methods. Each may keep the outputs it is shown: they stay as they are, and it is named."""

    def __init__(self, callbacks: Any, model: Model, params: dict[str, Any]) -> None:
        if callbacks is None:
            callbacks = []
        elif not isinstance(callbacks, (list, tuple)):
            # `keras.callbacks.CallbackList` has its own in a list.
            callbacks = getattr(callbacks, "callbacks", [callbacks])
        self._callbacks = list(callbacks)
        self._model = model
        self._ring = Ring([numpy_dtype(dtype) for _, dtype, _ in model._core.outputs])
        self._call("set_params", params)
        self._call("set_model", model)

    def __bool__(self) -> bool:
        return bool(self._callbacks)

    def begin(self) -> None:
        self._call("on_predict_begin", {})

    def batch_begin(self, number: int) -> None:
        self._call("on_predict_batch_begin", number, {})

    def batch_end(self, number: int, outputs: list[np.ndarray]) -> None:
        """Shows the callbacks a copy of the outputs, in a buffer that they may keep."""
        shapes = [array.shape for array in outputs]
        buffers = self._ring.take(shapes)
        fill(buffers, outputs)
        for callback in self._callbacks:
            was_kept = is_kept(buffers)
            self._show(callback, number, buffers, shapes)
            if not was_kept and is_kept(buffers):
                self._model._kept.add(callback, buffers)

    def end(self) -> None:
        self._call("on_predict_end", {})

    @staticmethod
    def _show(callback: Any, number: int, buffers: list[np.ndarray],
              shapes: list[tuple[int, ...]]) -> None:
        method = getattr(callback, "on_predict_batch_end", None)
        if method is not None:
            outputs = one_or_all([view.view(Batch) for view in views(buffers, shapes)])
            method(number, {"outputs": outputs})

    def _call(self, name: str, *arguments: Any) -> None:
        for callback in self._callbacks:
            method = getattr(callback, name, None)
            if method is not None:
                method(*arguments)


class KeptByCallbacks:
    """What the callbacks of a model's predictions have kept so far, over all its predictions."""

    # One batch that stays (the last, the best) is no growth; the third at the latest is.
    TOO_MANY = 3

    def __init__(self) -> None:
        self._of: weakref.WeakKeyDictionary[Any, Kept] = weakref.WeakKeyDictionary()

    def add(self, callback: Any, buffers: list[np.ndarray]) -> None:
        """`callback` holds `buffers` since it was shown them."""
        try:
            kept = self._of.setdefault(callback, Kept())
        except TypeError:  # It cannot be referred to weakly, or has no hash.
            return
        kept.add(buffers)
        self._tell_profile(callback, kept, buffers)
        if kept.warned or kept.batches() < self.TOO_MANY:
            return
        kept.warned = True
        kept.path = path_to(callback, buffers)
        name = type(callback).__name__
        warnings.warn(RetentionWarning(
            f"the callback {name} keeps the outputs that it is shown"
            f"{f' in {name}.{kept.path}' if kept.path else ''}: "
            f"{kept.bytes() // kept.batches():,} bytes a batch, {kept.bytes():,} bytes so far. "
            f"They stay valid, but memory grows with every batch."), stacklevel=2)

    @staticmethod
    def _tell_profile(callback: Any, kept: Kept, buffers: list[np.ndarray]) -> None:
        profile = current()
        if profile is None:
            return
        kept.path = kept.path or path_to(callback, buffers)
        name = type(callback).__name__
        profile.tell_retained(f"callback {name}{f'.{kept.path}' if kept.path else ''}", kept)

    def report(self) -> list[tuple[str, str, int]]:
        """(callback's class, attribute, bytes) of each that still keeps outputs."""
        return [(type(callback).__name__, kept.path, kept.bytes())
                for callback, kept in list(self._of.items()) if kept.batches()]
