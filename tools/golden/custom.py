"""Makes the models with layers of somebody's own in tests/custom, and what Keras answers for them.

    python tools/golden/custom.py

MODEL.npz has the inputs and the outputs of MODEL.keras, by their names.
"""

import os
import pathlib

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from case import Case
from keras import layers, ops
from pack import npy_bytes, timeless_model, write_pack

CUSTOM = pathlib.Path(__file__).parents[2] / "tests" / "custom"
ROWS = 70

register = keras.saving.register_keras_serializable(package="mine")


@register
class Squash(layers.Layer):
    """tanh(x * kernel) * factor, with a weight for each channel."""

    def __init__(self, factor, **options):
        super().__init__(**options)
        self.factor = factor

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1],), name="kernel")
        super().build(shape)

    def call(self, x):
        return ops.tanh(x * self.kernel) * self.factor

    def get_config(self):
        return super().get_config() | {"factor": self.factor}


@register
class Gate(layers.Layer):
    """Two tensors in; the first of them gated by a layer inside this one; and its sign, two out."""

    def build(self, shapes):
        self.inner = layers.Dense(shapes[0][-1])
        self.inner.build(shapes[1])
        super().build(shapes)

    def call(self, both):
        x, gate = both
        gated = x * ops.sigmoid(self.inner(gate))
        return gated, ops.cast(gated > 0, "int32")


@register
class Centre(layers.Layer):
    """Takes the mean of the batch away."""

    def call(self, x):
        return x - ops.mean(x, axis=0, keepdims=True)


@register
class Dense(layers.Layer):
    """No relation of Keras's: adds the sum of the row."""

    def call(self, x):
        return x + ops.sum(x, axis=-1, keepdims=True)


def sequential():
    return keras.Sequential([
        keras.Input((5,), name="x"), layers.Dense(7, activation="relu"), Squash(1.5, name="squash"),
        layers.Dense(3, name="y")])


def functional():
    """A custom layer called twice and once more in a model that is called twice, and one of two
    inputs and two outputs."""
    left, right = keras.Input((4,), name="left"), keras.Input((6,), name="right")
    squash = Squash(0.5, name="shared")
    inside = keras.Input((4,))
    nested = keras.Model(inside, Squash(2.0, name="deep")(layers.Dense(4)(inside)), name="nested")
    gated, signs = Gate(name="gate")([squash(left), right])
    twice = squash(nested(gated))
    return keras.Model([left, right], [gated, signs, layers.Add(name="sum")([twice, nested(left)])])


def free():
    """The number of steps is free."""
    steps = keras.Input((None, 3), name="x")
    return keras.Model(steps, layers.Dense(2, name="y")(Squash(1.0, name="squash")(steps)))


def mixing():
    x = keras.Input((4,), name="x")
    return keras.Model(x, Centre(name="y")(layers.Dense(3)(x)))


def namesake():
    x = keras.Input((4,), name="x")
    return keras.Model(x, Dense(name="y")(x))


def write(make, actual=None):
    case = Case(make.__name__, make, actual=actual, rows=ROWS, file=f"{make.__name__}.keras")
    solved = case.solve(CUSTOM)
    path = CUSTOM / case.file
    path.write_bytes(timeless_model(path))
    arrays = solved.inputs | dict(solved.outputs)
    write_pack(path.with_suffix(".npz"), {f"{name}.npy": npy_bytes(arrays[name]) for name in arrays})


def write_legacy_twin(name):
    keras.models.load_model(CUSTOM / f"{name}.keras").save(CUSTOM / f"{name}.h5")


if __name__ == "__main__":
    CUSTOM.mkdir(exist_ok=True)
    for make in (sequential, functional, mixing, namesake):
        write(make)
    write(free, actual=(5, 3))
    write_legacy_twin("functional")
