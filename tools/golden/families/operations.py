"""Keras operations and Python operators recorded in functional graphs."""

import keras
import numpy as np
from case import Case
from keras import layers, ops

LIST = (3, 4)
IMAGE = (3, 4, 2)
PAIR = [(3, 4), (3, 4)]

UNARY = (
    "absolute",
    "cos",
    "erf",
    "exp",
    "negative",
    "reciprocal",
    "relu",
    "relu6",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "softplus",
    "square",
    "tanh",
)
POSITIVE = ("log", "log1p", "rsqrt", "sqrt")
REDUCTIONS = ("max", "mean", "min", "prod", "std", "sum", "var")
BINARY = ("add", "divide", "maximum", "minimum", "multiply", "power", "subtract")


def positive(operation):
    return lambda x: operation(ops.absolute(x) + 0.1)


def of_positive_pair(operation):
    return lambda x, y: operation(ops.absolute(x) + 0.5, ops.absolute(y) + 0.5)


def reduction(operation, **options):
    return lambda x: operation(x, **options)


def internal_layer(module, name):
    """A layer that an application defines for itself; saved under its own module's name."""
    return getattr(getattr(keras.src.applications, module), name)


def squeeze_and_excite_by_operators(x):
    scale = ops.mean(x, axis=(1, 2), keepdims=True)
    return x * ops.sigmoid(layers.Conv2D(2, 1)(scale)) + x


CASES = [
    *[Case(f"ops_{name}", getattr(ops, name), shape=LIST) for name in UNARY],
    *[Case(f"ops_{name}", positive(getattr(ops, name)), shape=LIST) for name in POSITIVE],
    *[Case(f"ops_{name}", of_positive_pair(getattr(ops, name)), shape=PAIR) for name in BINARY],
    *[
        Case(f"ops_{name}_last", reduction(getattr(ops, name), axis=-1), shape=IMAGE)
        for name in REDUCTIONS
    ],
    *[
        Case(
            f"ops_{name}_keepdims",
            reduction(getattr(ops, name), axis=(1, 2), keepdims=True),
            shape=IMAGE,
        )
        for name in REDUCTIONS
    ],
    # Python operators
    Case("operator_add", lambda x, y: x + y, shape=PAIR),
    Case("operator_add_number", lambda x: x + 2.5, shape=LIST),
    Case("operator_number_add", lambda x: 2.5 + x, shape=LIST),
    Case("operator_subtract", lambda x, y: x - y, shape=PAIR),
    Case("operator_number_subtract", lambda x: 1.0 - x, shape=LIST),
    Case("operator_multiply", lambda x, y: x * y, shape=PAIR),
    Case("operator_multiply_number", lambda x: x * 2, shape=LIST),
    Case("operator_divide_number", lambda x: x / 3.0, shape=LIST),
    Case("operator_number_divide", lambda x: 2.0 / (x * x + 1.0), shape=LIST),
    Case("operator_power", lambda x: x**2, shape=LIST),
    Case("operator_negate", lambda x: -x, shape=LIST),
    Case("operator_matmul", lambda x, y: x @ y, shape=[(3, 4), (4, 2)]),
    Case("operator_add_array", lambda x: x + np.float32([1, -2, 3, 4]), shape=LIST),
    # Parts
    Case("slice_column", lambda x: x[:, 0], shape=LIST),
    Case("slice_last", lambda x: x[:, -1], shape=LIST),
    Case("slice_range", lambda x: x[:, 1:3], shape=(5, 4)),
    Case("slice_step", lambda x: x[:, ::2], shape=(5, 4)),
    Case("slice_image", lambda x: x[:, 1:, :-1, :], shape=IMAGE),
    Case("slice_channel", lambda x: x[..., 1], shape=IMAGE),
    Case("slice_new_axis", lambda x: x[:, None, :], shape=(4,)),
    Case("slice_channels_swapped", lambda x: x[..., ::-1], shape=(3, 4, 3)),
    # Shapes
    Case("ops_reshape", lambda x: ops.reshape(x, (-1, 12)), shape=LIST),
    Case("ops_transpose", lambda x: ops.transpose(x, (0, 2, 1)), shape=LIST),
    Case("ops_expand_dims", lambda x: ops.expand_dims(x, 1), shape=LIST),
    Case("ops_squeeze", lambda x: ops.squeeze(x, 1), shape=(1, 4)),
    Case("ops_concatenate", lambda x, y: ops.concatenate([x, y], axis=-1), shape=PAIR),
    Case("ops_concatenate_axis_1", lambda x, y: ops.concatenate([x, y], axis=1), shape=PAIR),
    Case("ops_stack", lambda x, y: ops.stack([x, y], axis=1), shape=PAIR),
    Case("ops_split", lambda x: ops.split(x, 2, axis=-1), shape=LIST),
    Case("ops_split_used_in_part", lambda x: ops.split(x, 2, axis=-1)[1], shape=LIST),
    Case("ops_pad", lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 1))), shape=LIST),
    Case("ops_tile", lambda x: ops.tile(x, (1, 2, 1)), shape=LIST),
    Case("ops_repeat", lambda x: ops.repeat(x, 2, axis=1), shape=LIST),
    Case("ops_flip", lambda x: ops.flip(x, axis=1), shape=LIST),
    # Mathematics
    Case("ops_softmax", lambda x: ops.softmax(x, axis=-1), shape=LIST),
    Case("ops_log_softmax", lambda x: ops.log_softmax(x, axis=-1), shape=LIST),
    Case("ops_gelu", lambda x: ops.gelu(x, approximate=True), shape=LIST),
    Case("ops_leaky_relu", lambda x: ops.leaky_relu(x, negative_slope=0.1), shape=LIST),
    Case("ops_elu", lambda x: ops.elu(x), shape=LIST),
    Case("ops_clip", lambda x: ops.clip(x, -0.5, 0.7), shape=LIST),
    Case("ops_matmul", ops.matmul, shape=[(3, 4), (4, 2)]),
    Case("ops_einsum", lambda x, y: ops.einsum("bij,bkj->bik", x, y), shape=[(3, 4), (2, 4)]),
    Case("ops_mean_all_but_batch", lambda x: ops.mean(x, axis=[1, 2, 3]), shape=IMAGE),
    Case("ops_where", lambda x, y: ops.where(x > 0, x, y), shape=PAIR),
    Case("ops_cast", lambda x: ops.cast(x, "float32") * 0.5, shape=LIST, dtype="int32"),
    Case("ops_normalize", lambda x: ops.normalize(x, axis=-1), shape=LIST),
    Case("ops_average_pool", lambda x: ops.average_pool(x, 2, padding="same"), shape=(5, 5, 2)),
    Case("ops_max_pool", lambda x: ops.max_pool(x, 2, strides=1), shape=(5, 5, 2)),
    Case("ops_image_resize", lambda x: ops.image.resize(x, (6, 3)), shape=(4, 4, 2)),
    Case("activation_function", lambda x: keras.activations.relu(x, max_value=1.0), shape=LIST),
    Case("activation_function_gelu", keras.activations.gelu, shape=LIST),
    Case("squeeze_and_excite_by_operators", squeeze_and_excite_by_operators, shape=IMAGE),
    # Layers that applications define for themselves
    Case("convnext_layer_scale", internal_layer("convnext", "LayerScale")(0.1, 4), shape=(3, 3, 4)),
    Case(
        "inception_resnet_scale",
        lambda x, y: internal_layer("inception_resnet_v2", "CustomScaleLayer")(0.2)([x, y]),
        shape=PAIR,
    ),
]
