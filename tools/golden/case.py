"""One golden case: a model, the inputs it is given, and how to find what Keras answers."""

import dataclasses
import pathlib
import re
import zlib
from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf
from weights import randomise

LAYER_TOLERANCE = 1e-5
MODEL_TOLERANCE = 1e-4


@dataclasses.dataclass
class Solved:
    """What a case's model is given, and what Keras answers, each by its Keras name."""

    inputs: dict[str, np.ndarray]
    outputs: list[tuple[str, np.ndarray]]


@dataclasses.dataclass
class Case:
    """A row of a table.

    `subject` is a layer, or a function of symbolic inputs (an expression of Keras operations or
    layers), or, when `shape` is not given, a function without arguments that returns a model.
    """

    # Whether its weights are to be random; a model that is quantised has them before.
    randomised: ClassVar[bool] = True

    name: str
    subject: Any
    # One sample's shape, or a list of shapes for several inputs. None in it is a free dimension.
    shape: tuple | list[tuple] | None = None
    _: dataclasses.KW_ONLY
    dtype: str | Sequence[str] = "float32"
    # What a sample really measures, when the model leaves dimensions free.
    actual: tuple | list[tuple] | None = None
    rows: int | None = None
    # Floating-point inputs are normally distributed around `mean`; integers lie below `high`.
    mean: float = 0.0
    scale: float = 1.0
    high: int = 10
    # What the elements of integer, or of string inputs are drawn from.
    numbers: Sequence[int] | None = None
    words: Sequence[str | bytes] = ("a", "b", "c")
    file: str = "model.keras"
    tolerance: float | None = None

    def model(self) -> keras.Model:
        keras.utils.clear_session()
        keras.utils.set_random_seed(zlib.crc32(self.name.encode()))
        if self.shape is None:
            return self.subject()
        inputs = [
            keras.Input(shape, dtype=dtype, name=name)
            for shape, dtype, name in zip(self._shapes(), self._dtypes(), self._input_names())
        ]
        return keras.Model(unlisted(inputs), self._apply(inputs))

    def inputs(self, model: keras.Model, random: np.random.Generator) -> list[np.ndarray]:
        rows = self.rows or 2 + zlib.crc32(self.name.encode()) % 2
        shapes = as_list(self.actual) or [tensor.shape[1:] for tensor in model.inputs]
        return [
            self._values(random, (rows, *shape), tensor.dtype)
            for shape, tensor in zip(shapes, model.inputs)
        ]

    def solve(self, folder: pathlib.Path, seed: int = 0) -> Solved:
        """Saves the model with random weights in `folder`, and asks Keras about that file."""
        random = np.random.default_rng([seed, zlib.crc32(self.name.encode())])
        model = self.model()
        if self.randomised:
            randomise(model, random)
        model.save(folder / self.file)
        loaded = self.read(model, folder / self.file)
        inputs = self.inputs(loaded, random)
        outputs = answers(loaded, inputs)
        reject_degenerate(outputs)
        names = [tensor.name for tensor in loaded.inputs]
        return Solved(dict(zip(names, inputs)), list(zip(output_names(loaded), outputs)))

    def read(self, model: keras.Model, path: pathlib.Path) -> keras.Model:
        """The model that was saved, as Keras reads it."""
        return keras.models.load_model(path, compile=False)

    def accepted_difference(self) -> float:
        return self.tolerance or (MODEL_TOLERANCE if self.shape is None else LAYER_TOLERANCE)

    def keras_version(self) -> str:
        return keras.__version__

    def _shapes(self):
        return as_list(self.shape)

    def _dtypes(self):
        count = len(self._shapes())
        return [self.dtype] * count if isinstance(self.dtype, str) else self.dtype

    def _input_names(self):
        count = len(self._shapes())
        return ["input"] if count == 1 else [f"input_{i}" for i in range(count)]

    def _apply(self, inputs):
        if isinstance(self.subject, keras.layers.Layer):
            return named_after_class(self.subject)(unlisted(inputs))
        return self.subject(*inputs)

    def _values(self, random, shape, dtype):
        if dtype == "string":
            return random.choice(np.array([as_bytes(word) for word in self.words]), shape)
        if np.issubdtype(np.dtype(dtype), np.integer) and self.numbers:
            return random.choice(np.array(self.numbers, dtype), shape)
        if np.issubdtype(np.dtype(dtype), np.integer):
            return random.integers(0, self.high, shape, dtype=dtype)
        return random.normal(self.mean, self.scale, shape).astype(np.float32)


def as_bytes(word):
    return word if isinstance(word, bytes) else word.encode()


def as_list(shapes):
    return [shapes] if isinstance(shapes, tuple) else shapes


def unlisted(values):
    return values[0] if len(values) == 1 else values


def snake_case(name: str) -> str:
    """Conv2DTranspose -> conv2d_transpose, as Keras names its layers."""
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def named_after_class(layer):
    """The same layer under the name it has when it is the first of its class."""
    config = layer.get_config() | {"name": snake_case(type(layer).__name__)}
    return type(layer).from_config(config)


def output_names(model: keras.Model) -> list[str]:
    """The keys when the outputs are a dictionary, else the names of the layers they come from.

    Keras repeats the name of a layer that gives several outputs; here the second is <name>_1.
    """
    functional = functional_of(model)
    if isinstance(functional._outputs_struct, dict):
        return sorted(functional._outputs_struct)
    names = functional.output_names
    repetitions = [names[:index].count(name) for index, name in enumerate(names)]
    return [f"{name}_{count}" if count else name for name, count in zip(names, repetitions)]


def functional_of(model):
    """The graph inside a Sequential, or the model itself."""
    return getattr(model, "_functional", model)


HALF_PRECISION = re.compile(r'"(mixed_)?b?float16"')


def answers(model: keras.Model, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What Keras predicts; a half-precision model is computed in float32 from the same weights."""
    if HALF_PRECISION.search(model.to_json()):
        model = in_float32(model)
    return predictions(model, inputs)


def predictions(model, inputs):
    structure = functional_of(model)._inputs_struct
    if any(array.dtype.kind == "S" for array in inputs):  # Which Keras takes as tensors only.
        inputs = [tf.constant(array) for array in inputs]
    packed = keras.tree.pack_sequence_as(structure, list(inputs))
    try:
        outputs = model(packed, training=False)
    except (tf.errors.UnimplementedError, tf.errors.InvalidArgumentError):
        outputs = compiled(model)(packed)
    return [as_array(output) for output in keras.tree.flatten(outputs)]


def as_array(output):
    array = keras.ops.convert_to_numpy(output)
    return array.astype("S") if array.dtype == object else array


def compiled(model):
    """What model.predict runs. TensorFlow has no channels_first convolutions on a CPU, XLA has."""
    return tf.function(lambda inputs: model(inputs, training=False), jit_compile=True)


def in_float32(model):
    config = HALF_PRECISION.sub('"float32"', model.to_json())
    twin = keras.models.model_from_json(config)
    twin.set_weights([np.asarray(value, np.float32) for value in model.get_weights()])
    return twin


def reject_degenerate(outputs):
    """A case whose answer is zero or not finite would prove nothing."""
    for output in outputs:
        if output.dtype.kind == "S":
            continue
        if not np.isfinite(output).all() or not np.any(output):
            raise ValueError("the expected output is zero or not finite")
