"""Keras operations and Python operators recorded in functional graphs."""

import keras
import numpy as np
from case import Case
from keras import layers, ops

LIST = (3, 4)
IMAGE = (3, 4, 2)
PAIR = [(3, 4), (3, 4)]
W4 = np.float32([1, 2, 0.5, 3])

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


def with_nan(operation):
    """Of a list in which large numbers have become NaN, the logarithm of a negative one."""
    return lambda x, **options: operation(ops.where(x < 0.7, x, ops.log(-ops.abs(x))), **options)


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
    # Functions that are made of others
    *[
        Case(f"ops_{name}", getattr(ops, name), shape=LIST)
        for name in ("angle", "cbrt", "conj", "deg2rad", "erfc", "rad2deg", "real", "signbit", "sinc")
    ],
    *[
        Case(f"ops_{name}", lambda x, y, name=name: getattr(ops, name)(x, y), shape=PAIR)
        for name in ("fmod", "heaviside", "hypot", "logaddexp", "logaddexp2")
    ],
    Case("ops_isclose", lambda x, y: ops.isclose(x, y, 0.1, 0.5), shape=PAIR),
    # What is infinite, no number, or too large to be squared
    Case("ops_isclose_infinite", lambda x, y: ops.isclose(ops.sqrt(y), 1 / ops.relu(x)), shape=PAIR),
    Case("ops_heaviside_nan", lambda x, y: ops.heaviside(ops.sqrt(x), y), shape=PAIR),
    Case("ops_hypot_large", lambda x, y: ops.hypot(1e30 * x, 1e30 * y), shape=PAIR),
    Case("ops_fmod_large", lambda x, y: ops.fmod(1e20 * x, y), shape=PAIR),
    Case("ops_hard_shrink_nan", lambda x: ops.hard_shrink(ops.sqrt(x)), shape=LIST),
    Case("ops_soft_shrink_nan", lambda x: ops.soft_shrink(ops.sqrt(x)), shape=LIST),
    Case(
        "ops_nancumsum_infinite",
        lambda x: ops.tanh(ops.nancumsum(ops.sign(x) / 0.0, axis=1)),
        shape=LIST,
    ),
    Case("ops_erfinv_ends", lambda x: ops.tanh(ops.erfinv(ops.sign(x))), shape=LIST),
    Case("max_pool_nan", lambda x: ops.tanh(layers.MaxPooling2D(2)(ops.sqrt(x))), shape=IMAGE),
    Case(
        "global_max_pool_nan",
        lambda x: ops.isnan(layers.GlobalMaxPooling2D()(ops.sqrt(x + np.array([1.0, 9.0], "float32")))),
        shape=IMAGE,
    ),
    Case("ops_full_like", lambda x: ops.full_like(x, 2.5) * x, shape=LIST),
    Case("ops_average", lambda x: ops.average(x, axis=1), shape=LIST),
    Case("ops_average_weights", lambda x: ops.average(x, axis=-1, weights=W4), shape=LIST),
    Case("ops_hsplit", lambda x: ops.hsplit(x, 3), shape=LIST),
    Case("ops_dstack", lambda x, y: ops.dstack([x, y]), shape=PAIR),
    # Order
    Case("ops_sort", lambda x: ops.sort(x, axis=1), shape=LIST),
    Case("ops_sort_last", lambda x: ops.sort(x), shape=LIST),
    Case("ops_argsort", lambda x: ops.argsort(x, axis=-1), shape=LIST),
    Case("ops_top_k", lambda x: ops.top_k(x, 2), shape=(6,)),
    Case("ops_median", lambda x: ops.median(x, axis=-1), shape=(3, 4)),
    Case("ops_median_odd", lambda x: ops.median(x, axis=(1, 2), keepdims=True), shape=(3, 5)),
    Case("ops_quantile", lambda x: ops.quantile(x, 0.3, axis=1), shape=(7, 2)),
    *[
        Case(
            f"ops_quantile_{method}",
            lambda x, method=method: ops.quantile(x, 0.4, axis=-1, method=method),
            shape=(6,),
        )
        for method in ("lower", "higher", "midpoint", "nearest")
    ],
    Case("ops_cumsum", lambda x: ops.cumsum(x, axis=1), shape=IMAGE),
    Case("ops_cumsum_integers", lambda x: ops.cumsum(x, axis=-1), shape=LIST, dtype="int32"),
    Case("ops_cumprod", lambda x: ops.cumprod(x, axis=-1), shape=LIST),
    Case("ops_digitize", lambda x: ops.digitize(x, np.float32([-1, 0, 0.5])), shape=LIST),
    Case("ops_ptp", lambda x: ops.ptp(x, axis=-1), shape=LIST),
    # What is not a number
    *[
        Case(f"ops_{name}", reduction(with_nan(getattr(ops, name)), axis=-1), shape=LIST)
        for name in ("nansum", "nanprod", "nanmax", "nanmin", "nanmean")
    ],
    Case("ops_nan_to_num", lambda x: ops.nan_to_num(ops.log(x), nan=2.0, neginf=-9.0), shape=LIST),
    Case("ops_isposinf", lambda x: ops.isposinf(1 / ops.relu(x)), shape=LIST),
    Case("ops_isneginf", lambda x: ops.isneginf(-1 / ops.relu(x)), shape=LIST),
    Case("ops_where_infinite", lambda x: ops.exp(ops.where(x > 0, x, -np.inf)) + x, shape=LIST),
    Case("ops_where_infinite_told", lambda x: ops.isneginf(ops.where(x > 0, x, -np.inf)), shape=LIST),
    Case("ops_where_nan", lambda x: ops.isnan(ops.where(x > 0, x, np.nan)), shape=LIST),
    Case("ops_divide_no_nan", lambda x, y: ops.divide_no_nan(x, ops.relu(y)), shape=PAIR),
    # Matrices
    Case("ops_tril", lambda x: ops.tril(x), shape=(4, 4)),
    Case("ops_triu_above", lambda x: ops.triu(x, k=1), shape=(3, 5)),
    Case("ops_diagonal", lambda x: ops.diagonal(x, axis1=1, axis2=2), shape=(3, 4)),
    Case("ops_diagonal_below", lambda x: ops.diagonal(x, offset=-1, axis1=1, axis2=3), shape=IMAGE),
    Case("ops_trace", lambda x: ops.trace(x, axis1=1, axis2=2), shape=(4, 4)),
    # Of squares: TensorFlow's function mistakes the sizes of others for each other.
    *[
        Case(f"ops_rot90_{k}", lambda x, k=k: ops.rot90(x, k=k, axes=(1, 2)), shape=(3, 3, 2))
        for k in (1, 2, 3)
    ],
    Case("ops_fliplr", lambda x: ops.fliplr(x), shape=LIST),
    Case(
        "ops_tensordot",
        lambda x, y: ops.tensordot(x, ops.mean(y, axis=0), axes=1),
        shape=[(3, 4), (4, 2)],
    ),
    Case(
        "ops_tensordot_axes",
        lambda x, y: ops.tensordot(x, ops.mean(y, axis=0), axes=[[1], [0]]),
        shape=[(4, 3), (4, 2)],
    ),
    Case("ops_inner", lambda x, y: ops.inner(x, ops.max(y, axis=0)), shape=[(3, 4), (2, 4)]),
    Case("ops_cross", lambda x, y: ops.cross(x, y), shape=[(4, 3), (4, 3)]),
    Case("ops_diff", lambda x: ops.diff(x, axis=1), shape=(5, 2)),
    Case("ops_diff_twice", lambda x: ops.diff(x, n=2), shape=(2, 5)),
    Case("ops_append", lambda x, y: ops.append(x, y, axis=1), shape=PAIR),
    Case("ops_norm", lambda x: ops.norm(x, axis=-1), shape=LIST),
    Case("ops_norm_1", lambda x: ops.norm(x, ord=1, axis=-1, keepdims=True), shape=LIST),
    Case("ops_norm_of_matrices", lambda x: ops.norm(x, axis=(1, 2)), shape=LIST),
    # Moments
    Case("ops_rms_normalization", lambda x: ops.rms_normalization(x), shape=LIST),
    Case("ops_rms_normalization_axes", lambda x: ops.rms_normalization(x, axis=[1, 2]), shape=LIST),
    Case("ops_layer_normalization", lambda x: ops.layer_normalization(x), shape=LIST),
    Case("ops_moments", lambda x: ops.moments(x, axes=[1, 2]), shape=IMAGE),
    # Blocks
    Case("ops_depth_to_space", lambda x: ops.depth_to_space(x, 2), shape=(3, 4, 8)),
    Case("ops_space_to_depth", lambda x: ops.space_to_depth(x, 2), shape=(4, 6, 3)),
    Case("ops_extract_patches", lambda x: -ops.image.extract_patches(x, 2), shape=(5, 4, 3)),
    Case(
        "ops_extract_patches_same",
        lambda x: -ops.image.extract_patches(x, (3, 2), strides=2, padding="same"),
        shape=(5, 6, 2),
    ),
    Case(
        "ops_extract_patches_dilated",
        lambda x: -ops.image.extract_patches(x, 2, strides=1, dilation_rate=2),
        shape=(5, 5, 2),
    ),
    # Colours
    Case("ops_rgb_to_hsv", lambda x: ops.image.rgb_to_hsv(ops.sigmoid(x)), shape=(4, 5, 3)),
    Case("ops_hsv_to_rgb", lambda x: ops.image.hsv_to_rgb(ops.sigmoid(x)), shape=(4, 5, 3)),
    # Layers that applications define for themselves
    Case("convnext_layer_scale", internal_layer("convnext", "LayerScale")(0.1, 4), shape=(3, 3, 4)),
    Case(
        "inception_resnet_scale",
        lambda x, y: internal_layer("inception_resnet_v2", "CustomScaleLayer")(0.2)([x, y]),
        shape=PAIR,
    ),
]
