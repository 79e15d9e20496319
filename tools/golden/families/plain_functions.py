"""Functions of keras.ops that no other table has, in their plainest form."""

import numpy as np
from case import Case
from keras import ops

LIST = (3, 4)
IMAGE = (5, 6, 3)


def holed(x):
    """With elements that are no number, and endless ones."""
    return ops.log(ops.where(x < -0.5, x, ops.relu(x)))


def without_some(x):
    """With NaN in place of the larger elements."""
    return ops.where(x < 0.7, x, ops.log(-ops.abs(x)))


def whole(x):
    return ops.cast(ops.floor(3 * x), "int32")


OF_ONE = {
    "all": lambda x: ops.all(x > -0.5, axis=1),
    "amax": lambda x: ops.amax(x, axis=1),
    "amin": lambda x: ops.amin(x, axis=-1, keepdims=True),
    "argmax": lambda x: ops.argmax(x, axis=1),
    "argmin": lambda x: ops.argmin(x, axis=-1),
    "array": lambda x: ops.array(x),
    "array_split": lambda x: ops.array_split(x, 3, axis=2),
    "broadcast_to": lambda x: x + ops.broadcast_to(ops.mean(x, axis=(0, 2), keepdims=True), (1, 3, 4)),
    "conj": lambda x: ops.conj(x),
    "copy": lambda x: ops.copy(x),
    "count_nonzero": lambda x: ops.count_nonzero(whole(x), axis=1),
    "dsplit": lambda x: ops.dsplit(x, 2),
    "empty_like": lambda x: x + 0 * ops.empty_like(x),
    "flipud": lambda x: ops.flipud(x),
    "glu": lambda x: ops.glu(x),
    "hard_sigmoid": lambda x: ops.hard_sigmoid(3 * x),
    "imag": lambda x: x + ops.imag(x),
    "isfinite": lambda x: ops.isfinite(holed(x)),
    "isinf": lambda x: ops.isinf(holed(x)),
    "isnan": lambda x: ops.isnan(holed(x)),
    "logical_not": lambda x: ops.logical_not(x > 0),
    "logsumexp": lambda x: ops.logsumexp(x, axis=1),
    "logsumexp_kept": lambda x: ops.logsumexp(x, axis=-1, keepdims=True),
    "moveaxis": lambda x: ops.moveaxis(x, 1, 2),
    "nancumprod": lambda x: ops.nancumprod(without_some(x), axis=1),
    "nancumsum": lambda x: ops.nancumsum(without_some(x), axis=-1),
    "one_hot": lambda x: ops.one_hot(whole(x), 3),
    "percentile": lambda x: ops.percentile(x, 30, axis=1),
    "ravel": lambda x: ops.reshape(ops.ravel(x), (-1, 3, 4)),
    "roll": lambda x: ops.roll(x, 2, axis=1),
    "roll_back": lambda x: ops.roll(x, -1, axis=-1),
    "round": lambda x: ops.round(5 * x),
    "round_decimals": lambda x: ops.round(x, 1),
    "saturate_cast": lambda x: ops.saturate_cast(200 * x, "uint8"),
    "searchsorted": lambda x: ops.reshape(
        ops.searchsorted(np.array([-1.0, -0.2, 0.3, 0.9], "float32"), ops.ravel(x)), (-1, 3, 4)
    ),
    "sparsemax": lambda x: ops.sparsemax(x),
    "stop_gradient": lambda x: ops.stop_gradient(x),
    "swapaxes": lambda x: ops.swapaxes(x, 1, -1),
    "threshold": lambda x: ops.threshold(x, 0.3, -2.0),
    "unstack": lambda x: ops.unstack(x, 3, axis=1),
    "vsplit": lambda x: ops.concatenate(ops.vsplit(ops.concatenate([x, -x], axis=0), 2), axis=1),
    "cholesky_inverse": lambda x: ops.cholesky_inverse(
        ops.tril(ops.matmul(x, ops.transpose(x, (0, 2, 1)))) + 3 * np.eye(3, dtype="float32")
    ),
    "batch_normalization": lambda x: ops.batch_normalization(
        x,
        np.array([0.1, 0.2, -0.3, 0.0], "float32"),
        np.array([1.0, 0.4, 2.0, 0.9], "float32"),
        axis=-1,
        offset=np.array([1.0, 2.0, 3.0, 4.0], "float32"),
        scale=np.array([0.5, -1.0, 2.0, 1.0], "float32"),
    ),
}

OF_TWO = {
    "arctan2": ops.arctan2,
    "equal": lambda x, y: ops.equal(whole(x), whole(y)),
    "floor_divide": lambda x, y: ops.floor_divide(5 * x, y),
    "fmax": lambda x, y: ops.fmax(without_some(x), y),
    "fmin": lambda x, y: ops.fmin(x, without_some(y)),
    "greater_equal": lambda x, y: ops.greater_equal(whole(x), whole(y)),
    "less_equal": lambda x, y: ops.less_equal(whole(x), whole(y)),
    "hstack": lambda x, y: ops.hstack([x, y]),
    "vstack": lambda x, y: ops.vstack([x, y]),
    "ldexp": lambda x, y: ops.ldexp(x, whole(y)),
    "logical_and": lambda x, y: ops.logical_and(x > 0, y > 0),
    "logical_xor": lambda x, y: ops.logical_xor(x > 0, y > 0),
    "mod": lambda x, y: ops.mod(5 * x, y),
    "outer": lambda x, y: ops.outer(ops.mean(x, axis=0), ops.mean(y, axis=0)) + ops.max(x),
    "vdot": lambda x, y: x * ops.vdot(x, y),
}

OF_IMAGES = {
    "crop_images": lambda x: ops.image.crop_images(
        x, top_cropping=1, left_cropping=2, target_height=3, target_width=3
    ),
    "pad_images": lambda x: ops.image.pad_images(
        x, top_padding=1, left_padding=2, target_height=9, target_width=10
    ),
    "rgb_to_grayscale": lambda x: ops.image.rgb_to_grayscale(x),
}

CASES = [
    *[Case(f"ops_{name}", function, shape=LIST) for name, function in OF_ONE.items()],
    *[Case(f"ops_{name}", function, shape=[LIST, LIST]) for name, function in OF_TWO.items()],
    *[Case(f"ops_{name}", function, shape=IMAGE) for name, function in OF_IMAGES.items()],
]
