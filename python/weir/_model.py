"""`weir.Model`: Keras's `predict`, in memory that is known beforehand."""
from __future__ import annotations

import os
import pathlib
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from weir import _core, _custom
from weir._callbacks import KeptByCallbacks
from weir._device import Device, limit_of
from weir._outputs import one_or_all
from weir._plan import Plan
from weir._predict import predict
from weir._profile import Profile, current
from weir._stream import predict_stream
from weir._summary import summary_text
from weir._weights import Weights, mode_and_file

_models: weakref.WeakSet[Model] = weakref.WeakSet()  # Those that a fork must start anew.


def _after_fork() -> None:
    for model in list(_models):
        model._after_fork()


os.register_at_fork(after_in_child=_after_fork)


class Model:
    """A Keras model that predicts. Made by `load_model` or `from_keras`.

    Any number of threads may use one model; they take turns. A model may be pickled, which keeps its
    path and options, and used in the child of a fork.
    """

    def __init__(self, core: _core.Model, layers: dict[str, Any], options: dict[str, Any],
                 device: Device, path: pathlib.Path | None,
                 weights_file: pathlib.Path | None = None) -> None:
        self._core = core
        self._layers = layers  # The core has only weak references to them.
        self._options = options
        self._device = device
        self._path = path
        self._weights_file = weights_file
        self._kept = KeptByCallbacks()
        self._prepare()
        #: A callback sets it to end the prediction after the batch, as in Keras.
        self.stop_predicting = False
        _models.add(self)

    def _prepare(self) -> None:
        size = self._options["batch_size"]
        self._predictor: _core.Predictor | None = self._make_predictor(size)
        self._other: _core.Predictor | None = None
        self._other_size = 0
        self._small = self._predictor.predict_small
        self._small_rows = size

    def _options_for(self, batch_size: int) -> _core.Options:
        tuned = None if self._path is None else os.fspath(self._path)
        return _core.Options(**{**self._options, "batch_size": batch_size}, tuned_file=tuned)

    def _make_predictor(self, batch_size: int) -> _core.Predictor:
        predictor = _core.Predictor(self._core, self._options_for(batch_size), self._device._core)
        profile = current()
        if profile is not None:
            predictor.watch(profile.core)
        return predictor

    def _watch(self, profile: _core.Profile | None) -> None:
        for predictor in (self._predictor, self._other):
            if predictor is not None:
                predictor.watch(profile)

    def __call__(self, x: Any) -> Any:
        """The prediction for one batch, as an array or a list of one for each output.

        >>> import numpy as np, weir
        >>> model = weir.load_model("examples/digits/digits.keras")
        >>> model(np.zeros((2, 8, 8, 1), "float32")).shape
        (2, 10)
        """
        y = self._small(x, self._small_rows)
        return self.predict_on_batch(x) if y is None else y

    def predict(self, x: Any, batch_size: int | None = None, verbose: int | str = "auto",
                steps: int | None = None, callbacks: Any = None, *, out: Any = None) -> Any:
        """The predictions for all rows of `x`, with the arguments of Keras's `predict`.

        Args:
            x: an array of rows, or a list or dict of one for each input: NumPy's, or anything with
                the buffer protocol or DLPack (torch, jax, TensorFlow); a frame of pandas or polars,
                an Arrow table; a data set of HDF5, read part by part. Or batches one after the
                other: a generator, a `tf.data.Dataset`, a `PyDataset`, a torch `DataLoader`, the
                path of a file of rows. Of tuples (x, y) and (x, y, weights) x is taken.
            batch_size: rows that callbacks are shown at a time, 32 by default. Decides nothing about
                memory, for rows pass a few at a time, unless the model mixes the samples of a batch.
            verbose: "auto" shows a progress bar where a person looks at it and if it takes a while, 1
                always, 2 a line at the end, 0 nothing.
            steps: the most batches to predict; all by default.
            callbacks: objects with methods of `keras.callbacks.Callback`. What they keep of
                `logs["outputs"]` stays valid, and `weir.RetentionWarning` names who keeps them.
            out: where the predictions go: an array of their shape, or the path of a new `.npy` file.

        Returns:
            An array of shape (rows, ...), made once at its final size, or a list of one for each
            output.

        Raises:
            ValueError: for an array that does not fit, naming the input, what came and what was
                expected.
            TypeError: for elements that are no numbers.

        >>> import numpy as np, weir
        >>> model = weir.load_model("examples/digits/digits.keras")
        >>> images = np.load("examples/digits/images.npy")
        >>> model.predict(images).shape
        (1797, 10)
        >>> model.predict((images[i:i + 100] for i in range(0, 300, 100)), verbose=0).shape
        (300, 10)
        """
        if out is None and batch_size is None and callbacks is None and steps is None:
            y = self._small(x, self._small_rows)
            if y is not None:
                return y
        return predict(self, x, batch_size, verbose, steps, callbacks, out)

    def predict_on_batch(self, x: Any) -> Any:
        """The predictions for one batch, whatever its size.

        >>> import numpy as np, weir
        >>> model = weir.load_model("examples/digits/digits.keras")
        >>> model.predict_on_batch(np.zeros((500, 8, 8, 1), "float32")).shape
        (500, 10)
        """
        return predict(self, x, None, 0, None, None, None, one_batch=True)

    def predict_stream(self, source: Any, batch_size: int | None = None, *, prefetch: int = 2,
                       on_error: str = "raise", ordered: bool = True) -> Iterator[Any]:
        """Predictions of batches, one after the other, as they are asked for.

        Args:
            source: an iterable of batches (whatever `predict` takes as one value, or tuples (x, y)
                and (x, y, weights), of which x is taken) or of single samples, which are put
                together; a `tf.data.Dataset`, a `PyDataset`, a `DataLoader`; one array or frame,
                which is taken apart; the path of a file of rows (.npy, .npz, .csv, .jsonl).
            batch_size: rows of the batches that are put together or taken apart; 32 by default.
            prefetch: batches that are read ahead, by a thread of its own.
            on_error: "raise", or "skip" for leaving out items that do not fit the model; each is
                logged (by `logging.getLogger("weir")`). What the source itself raises is raised.
            ordered: False allows another order than the source's. There is no use of it today.

        Yields:
            An array for each batch (or a list of one for each output). One that is not kept costs
            nothing: the next but one is written in its place. One that is kept stays as it is.

        >>> import numpy as np, weir
        >>> model = weir.load_model("examples/digits/digits.keras")
        >>> [len(y) for y in model.predict_stream(np.zeros((70, 8, 8, 1)), batch_size=32)]
        [32, 32, 6]
        """
        if on_error not in ("raise", "skip"):
            raise ValueError(f"on_error is {on_error!r}, not 'raise' or 'skip'")
        size = self._options["batch_size"] if batch_size is None else batch_size
        if size < 1 or prefetch < 1:
            raise ValueError("batch_size and prefetch are at least 1")
        return predict_stream(self, source, size, prefetch, on_error)

    def _open_predictor(self) -> _core.Predictor:
        if self._predictor is None:
            raise ValueError("the model is closed")
        return self._predictor

    def _takes_batches_whole(self) -> bool:
        """Whether batches decide what is predicted, as far as is known."""
        return self._open_predictor().mode in (None, "whole")

    def _predictor_of(self, shapes: list[tuple[int, ...]]) -> _core.Predictor:
        """For one batch of these shapes. Another than for smaller ones is kept only where they would
        give other answers."""
        predictor, rows = self._open_predictor(), shapes[0][0]
        usual = self._options["batch_size"]
        if rows <= usual:
            return predictor
        if predictor.mode is None:
            predictor.output_shapes([(usual, *shape[1:]) for shape in shapes])
        if predictor.mode != "whole" or predictor.keeps_states:
            return predictor
        if self._other is None or self._other_size < rows:
            self._other, self._other_size = self._make_predictor(rows), rows
        return self._other

    @property
    def name(self) -> str:
        """Keras's name of the model."""
        return self._core.summary()["name"]

    @property
    def input_names(self) -> list[str]:
        """Keras's names of the inputs, in order."""
        return [name for name, _, _ in self._core.inputs]

    @property
    def output_names(self) -> list[str]:
        """Keras's names of the outputs, in order."""
        return [name for name, _, _ in self._core.outputs]

    @property
    def input_shape(self) -> Any:
        """Of the only input, or a list of each; None for the batch and other free axes."""
        return one_or_all([shape for _, _, shape in self._core.inputs])

    @property
    def output_shape(self) -> Any:
        """Of the only output, or a list of each; None for the batch and other free axes."""
        return one_or_all([shape for _, _, shape in self._core.outputs])

    @property
    def device(self) -> Device:
        """The threads and the arena that the model predicts with."""
        return self._device

    @property
    def kept_by_callbacks(self) -> list[tuple[str, str, int]]:
        """What callbacks hold of the outputs they were shown: (class, attribute, bytes) of each."""
        return self._kept.report()

    def summary(self, print_fn: Callable[[str], Any] | None = None) -> None:
        """Prints the layers with their shapes and parameters; `print_fn` gets the text instead."""
        (print_fn or print)(summary_text(self._core.summary()))

    def plan(self, batch_size: int | None = None) -> Plan:
        """The memory that predicting takes, with batches of this size.

        >>> import weir
        >>> plan = weir.load_model("examples/digits/digits.keras").plan(batch_size=1024)
        >>> plan.arena_bytes < 2**20
        True
        """
        if batch_size is None:
            return Plan(**self._open_predictor().plan())
        return Plan(**self._core.plan(self._options_for(batch_size), self._device._core))

    def tune(self, seconds: float = 0.2, *, save: bool = False) -> list[dict[str, Any]]:
        """Measures modes and micro-batches in a process of their own, and predicts with the best
        from now on.

        Args:
            seconds: how long each is measured, five times.
            save: keeps the choice in a file beside the model, which is used when it is loaded again.

        Returns:
            A dict of each: mode, micro_batch, threads, samples_per_second, peak_bytes, pareto (no
            other is both faster and smaller), chosen.
        """
        from weir._tune import tune

        if self._path is None:
            raise ValueError("only a model from a file can be tuned")
        measured = tune(self._path, self._weights_file, self._options, self._device.threads, seconds, save)
        chosen = next(one for one in measured if one["chosen"])
        self._options = {**self._options, "mode": chosen["mode"],
                         "micro_batch": chosen["micro_batch"]}
        self._prepare()
        return measured

    def reset_states(self) -> None:
        """Stateful layers start from zeros again, as before the first prediction. From one call to the
        next they keep the states of each row of a batch."""
        self._open_predictor().reset_states()
        if self._other is not None:
            self._other.reset_states()

    def trim(self) -> None:
        """Gives the arena back to the system; the next prediction takes what it needs again."""
        self._device.trim()

    def close(self) -> None:
        """Gives back the arena and the packed weights. The model cannot be used afterwards."""
        self._predictor = self._other = None
        self._small = _closed

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        if self._path is None:
            raise TypeError("a model from Keras's memory has no file that a pickle could name; "
                            "save it, and load it from there")
        return _load_with, (self._path, self._options, self._device, self._weights_file)

    def __repr__(self) -> str:
        return f"weir.Model({os.fspath(self._path) if self._path else self.name!r})"

    def _after_fork(self) -> None:
        for predictor in (self._predictor, self._other):
            if predictor is not None:
                predictor.after_fork(self._device._core)


def _closed(x: Any, most_rows: int) -> Any:
    raise ValueError("the model is closed")


def _load_with(path: pathlib.Path, options: dict[str, Any], device: Device,
               weights_file: pathlib.Path | None = None) -> Model:
    layers = _custom.registered()
    core = _core.Model.load(path, layers, weights_file)
    return Model(core, layers, options, device, path, weights_file)


def _options(memory_limit: int | str | None, batch_size: int,
             shapes: Iterable[tuple[int, ...]] | None, mode: str | None, micro_batch: int,
             weights: str | None, weights_dtype: str, precision: str) -> dict[str, Any]:
    return {"memory_limit": limit_of(memory_limit), "threads": 0, "batch_size": batch_size,
            "row_shapes": shapes, "mode": mode, "micro_batch": micro_batch, "weights": weights,
            "weights_dtype": weights_dtype, "precision": precision}


def load_model(path: str | os.PathLike[str], *, memory_limit: int | str | None = None,
               threads: int = 0, device: Device | None = None, batch_size: int = 32,
               shapes: Iterable[tuple[int, ...]] | None = None, mode: str | None = None,
               micro_batch: int = 0, weights: Weights = None,
               weights_dtype: str = "float32", precision: str = "auto") -> Model:
    """Loads a `.keras`, a whole-model `.h5` or a `.weir` file, or an architecture JSON and its
    weights. Runs no code from it.

    Args:
        path: of the file.
        memory_limit: of the whole process, in bytes or as "512MiB"; refused at once where it cannot
            be kept.
        threads: 0 is one for each processor.
        device: where to predict; a device of the model's own, with `threads`, by default.
        batch_size: the default of `predict`.
        shapes: of one row of each input, where the model leaves axes free.
        mode, micro_batch: "latency" or "throughput", and the rows at a time; chosen by default.
        weights: "resident" or "stream"; chosen by default. Or the path of a file of weights, for an
            architecture or in place of the model's own: `.weights.h5`, a legacy `.h5`, or
            `.weights.json` with the files beside it that it names. Or a tuple (path, "stream").
        weights_dtype: what weights of Dense layers and convolutions are kept as: "float32", or,
            rounded, "bfloat16" (half as large) or "int8" (a quarter; steps over the range of each
            output channel). `weir check` says what that costs in accuracy.
        precision: "auto", or "strict" to leave out algorithms that round otherwise than the plain
            sum does (Winograd's convolution). Results have the same bits for any batch size and
            number of threads either way.

    Raises:
        FileNotFoundError, ValueError (for a file that is damaged), NotImplementedError (for a layer
        that Weir lacks), MemoryError (for a limit): each of them a `weir.Error` as well.

    >>> import weir
    >>> model = weir.load_model("examples/digits/digits.keras", memory_limit="1GiB", threads=2)
    >>> model.input_shape, model.output_names
    ((None, 8, 8, 1), ['digit'])
    """
    residence, file = mode_and_file(weights)
    options = _options(memory_limit, batch_size, shapes, mode, micro_batch, residence,
                       weights_dtype, precision)
    return _load_with(pathlib.Path(path), options, device or Device(threads), file)


def from_keras(keras_model: Any, *, memory_limit: int | str | None = None, threads: int = 0,
               device: Device | None = None, batch_size: int = 32,
               shapes: Iterable[tuple[int, ...]] | None = None, mode: str | None = None,
               micro_batch: int = 0, weights: str | None = None,
               weights_dtype: str = "float32", precision: str = "auto") -> Model:
    """A model of Keras's, as it is now, without a file in between: later changes of its weights do
    not show. Takes the arguments of `load_model`, and raises the same."""
    from weir._keras import saved_bytes

    options = _options(memory_limit, batch_size, shapes, mode, micro_batch, weights, weights_dtype,
                       precision)
    layers = _custom.registered()
    core = _core.Model.from_bytes(saved_bytes(keras_model), keras_model.name, layers)
    return Model(core, layers, options, device or Device(threads), None)


def profile(path: str | os.PathLike[str] | None = None) -> Profile:
    """Records what all models do in a `with` statement: steps, times of layers, resident memory by
    who owns it, and who keeps predictions.

    Args:
        path: of the record, a `.weirprof` file that can be read while it is written and survives a
            killed process; a temporary one, which goes with the profile, by default.

    >>> import numpy as np, weir
    >>> model = weir.load_model("examples/digits/digits.keras")
    >>> with weir.profile() as p:
    ...     for _ in range(100):
    ...         y = model.predict_on_batch(np.zeros((32, 8, 8, 1), "float32"))
    >>> p.to_dict()["run"]["steps"]
    100
    """
    return Profile(path, _models)


def compile(model: str | os.PathLike[str], path: str | os.PathLike[str], *,
            memory_limit: int | str | None = None, threads: int = 0, batch_size: int = 32,
            shapes: Iterable[tuple[int, ...]] | None = None, mode: str | None = None,
            micro_batch: int = 0, weights: Weights = None,
            weights_dtype: str = "float32", precision: str = "auto") -> None:
    """Writes a model file as one `.weir` file, which loads in milliseconds and whose weights are
    shared by all processes that predict with it. The file appears whole or not at all.

    Args:
        model: the `.keras` or `.h5` file, or an architecture JSON, which needs a file of weights.
        path: of the file to write.
        memory_limit, threads, batch_size, shapes, mode, micro_batch, weights, weights_dtype,
            precision: what it is to be ready for, as for `load_model`; other options work as well,
            but need some work when it is loaded.

    >>> import weir
    >>> weir.compile("examples/digits/digits.keras", "digits.weir")
    >>> weir.load_model("digits.weir").output_names
    ['digit']
    """
    residence, file = mode_and_file(weights)
    options = _options(memory_limit, batch_size, shapes, mode, micro_batch, residence,
                       weights_dtype, precision)
    options["threads"] = threads
    layers = _custom.registered()
    _core.Model.load(pathlib.Path(model), layers, file).save_compiled(
        os.fspath(path), _core.Options(**options, tuned_file=os.fspath(model)))
