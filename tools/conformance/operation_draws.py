"""Random calls of operations: functions of tensors that Functional models record as nodes.

The same tables serve both Keras versions: a row names the function of Keras 3, and that of TensorFlow
which a model of Keras 2 records in its place, if there is one.
"""

import dataclasses
from collections.abc import Callable

from layer_draws import ANY, Draw, axes


@dataclasses.dataclass(frozen=True)
class Operation:
    function: str
    keras2: str | None = None
    config: Callable[[Draw, tuple], dict] = lambda draw, shape: {}
    inputs: int = 1
    ranks: tuple[int, ...] = ANY


def along(draw, shape):
    return {"axis": draw.integer(1, len(shape))}


def reduced(draw, shape):
    return {"axis": draw.one_of((-1, draw.some(range(1, len(shape) + 1))))} | draw.maybe(
        keepdims=draw.boolean()
    )


def reversed_axes(draw, shape):
    return {"axis": [draw.integer(1, len(shape))]}


def transposed(name):
    return lambda draw, shape: {name: [0, *(int(a) + 1 for a in draw.random.permutation(len(shape)))]}


def padded(name):
    def config(draw, shape):
        amounts = [[draw.integer(0, 2), draw.integer(0, 2)] for _ in shape]
        mode = draw.maybe(mode=draw.one_of(("constant", "reflect", "symmetric")))
        return {name: [[0, 0], *amounts]} | mode

    return config


def clipped(low, high):
    return lambda draw, shape: {low: draw.number(-1, 0), high: draw.number(0, 1)}


def expanded(draw, shape):
    return {"axis": draw.integer(1, len(shape) + 1)}


def repeated(draw, shape):
    return along(draw, shape) | {"repeats": draw.integer(1, 3)}


def rolled(draw, shape):
    return along(draw, shape) | {"shift": draw.integer(-2, 3)}


def normalized(draw, shape):
    return {"axis": axes(draw, shape)} | draw.maybe(order=draw.integer(1, 3))


def triangle(draw, shape):
    return {"k": draw.integer(-2, 2)}


def top(draw, shape):
    return {"k": draw.integer(1, shape[-1])}


def smooth(name, keras2=None):
    return Operation(f"keras.ops.{name}", keras2)


OPERATIONS = [
    *[
        smooth(name, f"tensorflow.{other}")
        for name, other in (
            ("abs", "abs"), ("exp", "exp"), ("negative", "negative"), ("sigmoid", "sigmoid"),
            ("sign", "sign"), ("square", "square"), ("tanh", "tanh"), ("sin", "sin"),
            ("cos", "cos"), ("relu", "nn.relu"), ("relu6", "nn.relu6"), ("silu", "nn.silu"),
            ("softplus", "math.softplus"), ("elu", "nn.elu"), ("selu", "nn.selu"),
            ("erf", "math.erf"), ("floor", "floor"), ("round", "round"),
        )
    ],
    *[
        smooth(name)
        for name in ("arctan", "arcsinh", "ceil", "expm1", "hard_sigmoid", "hard_silu", "leaky_relu",
                     "log_sigmoid", "sinh", "cosh", "softsign", "soft_shrink", "hard_shrink",
                     "tanh_shrink", "sparse_plus", "squareplus", "trunc", "hard_tanh", "celu",
                     "glu", "exp2", "sinc", "cbrt", "nan_to_num", "conj", "real")
    ],
    Operation("keras.ops.gelu", "tensorflow.nn.gelu",
              lambda draw, shape: {"approximate": draw.boolean()}),
    *[
        Operation(f"keras.ops.{name}", other and f"tensorflow.{other}", reduced)
        for name, other in (("mean", "reduce_mean"), ("sum", "reduce_sum"), ("max", "reduce_max"),
                            ("min", "reduce_min"), ("prod", "reduce_prod"), ("std", None),
                            ("var", None), ("logsumexp", "reduce_logsumexp"), ("any", None),
                            ("all", None), ("count_nonzero", None), ("median", None))
    ],
    *[
        Operation(f"keras.ops.{name}", None, along)
        for name in ("argmax", "argmin", "cumsum", "cumprod", "sort", "argsort", "flip", "diff",
                     "unstack")
    ],
    *[
        Operation(f"keras.ops.{name}", other and f"tensorflow.{other}", inputs=2)
        for name, other in (("add", "add"), ("subtract", "subtract"), ("multiply", "multiply"),
                            ("maximum", "maximum"), ("minimum", "minimum"), ("arctan2", None),
                            ("logaddexp", None), ("greater", None), ("less_equal", None),
                            ("equal", None), ("hypot", None), ("heaviside", None))
    ],
    Operation("keras.ops.matmul", "tensorflow.matmul", inputs=2, ranks=(2, 3)),
    Operation("keras.ops.softmax", "tensorflow.nn.softmax", along),
    Operation("keras.ops.log_softmax", "tensorflow.nn.log_softmax", along),
    Operation("keras.ops.transpose", None, transposed("axes")),
    Operation("tensorflow.transpose", "tensorflow.transpose", transposed("perm")),
    Operation("keras.ops.pad", None, padded("pad_width")),
    Operation("keras.ops.clip", None, clipped("x_min", "x_max")),
    Operation("keras.ops.expand_dims", "tensorflow.expand_dims", expanded, ranks=(1, 2, 3)),
    Operation("keras.ops.repeat", "tensorflow.repeat", repeated),
    Operation("keras.ops.roll", "tensorflow.roll", rolled),
    Operation("keras.ops.normalize", None, normalized),
    Operation("keras.ops.tril", None, triangle, ranks=(2, 3)),
    Operation("keras.ops.triu", None, triangle, ranks=(2, 3)),
    Operation("keras.ops.top_k", "tensorflow.math.top_k", top),
    Operation("keras.ops.layer_normalization", None, lambda draw, shape: draw.maybe(axis=-1)),
    Operation("keras.ops.rms_normalization", None, lambda draw, shape: {}),
    Operation("keras.ops.swapaxes", None,
              lambda draw, shape: {"axis1": 1, "axis2": draw.integer(1, len(shape))}),
    Operation("keras.ops.moveaxis", None,
              lambda draw, shape: {"source": 1, "destination": draw.integer(1, len(shape))}),
]


def for_keras(version):
    """[(function, row)] of what models of that Keras record."""
    if version == 3:
        return [(row.function, row) for row in OPERATIONS if row.function.startswith("keras.")]
    return [(row.keras2, row) for row in OPERATIONS if row.keras2]
