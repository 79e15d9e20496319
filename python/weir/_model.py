"""`weir.Model`: Keras's `predict`, in memory that is known beforehand."""
import dataclasses
import os
import pathlib
import weakref

import numpy as np

from weir import _core, _custom
from weir._outputs import Outputs
from weir._sizes import parse_bytes
from weir._stream import predict_stream

_models = weakref.WeakSet()  # Those that a fork must start anew in the child.


def _after_fork():
    for model in list(_models):
        model._after_fork()


os.register_at_fork(after_in_child=_after_fork)


@dataclasses.dataclass(frozen=True)
class Plan:
    """The memory that predicting will take, known before the first step. Sizes are in bytes.

    Attributes:
        mode: how rows pass: "latency" (all threads in each step), "throughput" (each thread has rows
            of its own) or "whole" (a batch at a time: its samples depend on each other).
        mode_reason: why, in a sentence.
        batch_size: rows that are handed over at a time.
        micro_batch: rows that pass through a slice of the arena at a time.
        threads, arena_slices: in throughput mode each thread has a slice of its own.
        arena_bytes, lower_bound_bytes: activations and scratch, and the least that any placement
            could do with.
        weights, weights_bytes, weights_resident_bytes: "resident" or "stream", all packed weights,
            and the most of them in memory at a time.
        packing_bytes: while a weight is packed, before the first step.
        pass_rows, stream_bytes: rows that a stream reads at a time, with their outputs.
        baseline_bytes: the process itself, before the model.
        peak_bytes: the most that the process is expected to have resident.
        tensors: a dict for each tensor of one slice: name, storage, offset, bytes, first_step,
            last_step.
    """

    mode: str
    mode_reason: str
    batch_size: int
    micro_batch: int
    threads: int
    pass_rows: int
    arena_slices: int
    arena_bytes: int
    lower_bound_bytes: int
    weights: str
    weights_bytes: int
    weights_resident_bytes: int
    packing_bytes: int
    stream_bytes: int
    baseline_bytes: int
    peak_bytes: int
    tensors: list = dataclasses.field(repr=False)


class Model:
    """A Keras model that predicts. Made by `load_model`.

    Any number of threads may use one model; they take turns. A model may be pickled, which keeps its
    path and options, and used in the child of a fork.
    """

    def __init__(self, core, options, device, path):
        self._core = core
        self._options = options
        self._device = device
        self._path = path
        self._predictor = self._make_predictor(options["batch_size"])
        self._other, self._other_size = None, None
        self._small = self._predictor.predict_small
        self._small_rows = options["batch_size"]
        _models.add(self)

    def _make_predictor(self, batch_size):
        options = _core.Options(**{**self._options, "batch_size": batch_size},
                                tuned_file=os.fspath(self._path))
        return _core.Predictor(self._core, options, self._device)

    def __call__(self, x):
        """The prediction for a batch, as an array (or a list, or a dict, as in Keras)."""
        y = self._small(x, self._small_rows)
        return self.predict_on_batch(x) if y is None else y

    def predict(self, x, batch_size=None, *, out=None):
        """The predictions for all rows of `x`, as Keras's `predict` gives them.

        Args:
            x: an array of rows, or a list or dict of one for each input.
            batch_size: matters only to a model that mixes the samples of a batch; it decides
                nothing about memory, for rows pass a few at a time.
            out: where the predictions go: an array of their shape, or the path of a new `.npy` file.

        Returns:
            An array of shape (rows, ...), made once at its final size.

        Raises:
            ValueError: for an array that does not fit, naming the input, what came and what was
                expected.
        """
        if out is None and batch_size is None:
            y = self._small(x, self._small_rows)
            if y is not None:
                return y
        return self._predict(x, batch_size, out)

    def predict_on_batch(self, x):
        """The predictions for one batch, whatever its size."""
        return self._predict(x, None, None)

    def predict_stream(self, source, batch_size=None, *, prefetch=2):
        """Predictions of batches, one after the other, as they are asked for.

        Args:
            source: an iterable of batches (arrays, or lists or dicts of one for each input; of the
                tuples (x, y) and (x, y, weights) x is taken), of single samples, which are put
                together, or one array, which is taken apart.
            batch_size: rows of the batches that are put together or taken apart.
            prefetch: batches that are read ahead, by a thread of its own.

        Yields:
            An array for each batch, in order. One that is not kept costs nothing: the next but one
            is written in its place. One that is kept stays as it is.

        >>> import numpy as np, weir
        >>> model = weir.load_model("examples/digits/digits.keras", threads=2)
        >>> [len(y) for y in model.predict_stream(np.zeros((70, 8, 8, 1)), batch_size=32)]
        [32, 32, 6]
        """
        return predict_stream(self, source, batch_size or self._options["batch_size"], prefetch)

    def _predict(self, x, batch_size, out):
        predictor = self._predictor_for(batch_size)
        inputs = self._arrays(x)
        shapes = predictor.output_shapes([array.shape for array in inputs])
        outputs = Outputs(self._core.outputs, shapes, out)
        if len(inputs[0]) > 0:
            predictor.run(inputs, outputs.arrays)
        return outputs.finish()

    def _open_predictor(self):
        if self._predictor is None:
            raise ValueError("the model is closed")
        return self._predictor

    def _predictor_for(self, batch_size):
        """The one for other batches is kept only where they give other answers."""
        predictor = self._open_predictor()
        if batch_size in (None, self._options["batch_size"]) or predictor.mode != "whole":
            return predictor
        if batch_size != self._other_size:
            self._other, self._other_size = self._make_predictor(batch_size), batch_size
        return self._other

    def _arrays(self, x):
        """One C-ordered array for each input, in the model's order."""
        names = self.input_names
        if isinstance(x, dict):
            missing = [name for name in names if name not in x]
            if missing:
                raise ValueError(f"there is no array for the input {missing[0]!r}")
            x = [x[name] for name in names]
        elif len(names) == 1 and not isinstance(x, (list, tuple)):
            x = [x]
        elif len(names) == 1 and (len(x) != 1 or np.ndim(x[0]) == 0):
            x = [np.asarray(x)]
        if len(x) != len(names):
            raise ValueError(f"the model has {len(names)} inputs, but is given {len(x)}")
        return [np.ascontiguousarray(array) for array in x]

    @property
    def input_names(self):
        """Keras's names of the inputs, in order."""
        return [name for name, _, _ in self._core.inputs]

    @property
    def output_names(self):
        """Keras's names of the outputs, in order."""
        return [name for name, _, _ in self._core.outputs]

    @property
    def input_shape(self):
        """Of the only input, or a list of each; None for the batch and other free axes."""
        shapes = [shape for _, _, shape in self._core.inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self):
        """Of the only output, or a list of each; None for the batch and other free axes."""
        shapes = [shape for _, _, shape in self._core.outputs]
        return shapes[0] if len(shapes) == 1 else shapes

    def plan(self):
        """The memory that predicting takes: a `weir.Plan`."""
        return Plan(**self._open_predictor().plan())

    def trim(self):
        """Gives the arena back to the system; the next prediction takes what it needs again."""
        self._device.trim()

    def close(self):
        """Gives back the arena and the packed weights. The model cannot be used afterwards."""
        self._predictor = self._other = None
        self._small = _closed

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __reduce__(self):
        return _load_with, (self._path, self._options)

    def _after_fork(self):
        for predictor in (self._predictor, self._other):
            if predictor is not None:
                predictor.after_fork()


def _closed(x, most_rows):
    raise ValueError("the model is closed")


def _load_with(path, options):
    layers = _custom.registered()
    core = _core.Model.load(path, layers)
    model = Model(core, options, _core.Device(options["threads"], [], None, "grow"), path)
    model._layers = layers  # The core has only weak references to them.
    return model


def load_model(path, *, memory_limit=None, threads=0, batch_size=32, shapes=None, mode=None,
               micro_batch=0, weights=None):
    """Loads a `.keras`, a whole-model `.h5` or a `.weir` file. Runs no code from it.

    Args:
        path: of the file.
        memory_limit: of the whole process, in bytes or as "512MiB"; refused at once where it cannot
            be kept.
        threads: 0 is one for each processor.
        batch_size: the default of `predict`.
        shapes: of one row of each input, where the model leaves axes free.
        mode, micro_batch: "latency" or "throughput", and the rows at a time; chosen by default.
        weights: "resident" or "stream"; chosen by default.

    Raises:
        FileNotFoundError, ValueError (for a file that is damaged), NotImplementedError (for a layer
        that Weir lacks), MemoryError (for a limit): each of them a `weir.Error` as well.
    """
    options = {"memory_limit": parse_bytes(memory_limit), "threads": threads,
               "batch_size": batch_size, "row_shapes": shapes, "mode": mode,
               "micro_batch": micro_batch, "weights": weights}
    return _load_with(pathlib.Path(path), options)
