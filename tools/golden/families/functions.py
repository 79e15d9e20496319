"""More functions of keras.ops: of whole numbers, matrices, signals and places; losses and kernels."""

import keras
import numpy as np
from case import Case
from keras import ops

LIST = (3, 4)
PAIR = [LIST, LIST]
IMAGE = (5, 6, 2)
SQUARE = (3, 3)
RANDOM = np.random.default_rng(7)


def constant(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def whole(name, function, shape=LIST, **options):
    return Case(f"ops_{name}", function, shape=shape, dtype="int32", **options)


def of_two(name):
    return whole(name, lambda x, y: getattr(ops, name)(x, y), shape=PAIR)


def positive_matrix(x):
    return ops.matmul(x, ops.transpose(x, (0, 2, 1))) + np.eye(3, dtype=np.float32)


def triangle(x):
    return ops.tril(x) + 3 * np.eye(3, dtype=np.float32)


def first_row(x):
    return ops.mean(x, axis=0)


def rows(x, value):
    """The value for every sample, and a number of each sample."""
    offset = ops.max(ops.reshape(x, (-1, int(np.prod(x.shape[1:])))), axis=1)
    return ops.reshape(offset, (-1, *[1] * len(value.shape))) + ops.expand_dims(value, 0)


def grid(x, y, **options):
    return [rows(x, part) for part in ops.meshgrid(first_row(x), first_row(y), **options)]


def ids_of(x):
    """A number below 4 for each sample."""
    return ops.cast(ops.floor(3.9 * ops.sigmoid(ops.max(x, axis=1))), "int32")


def shares(x):
    return ops.softmax(x, axis=-1)


def losses():
    for from_logits in (False, True):
        name = "logits" if from_logits else "probabilities"
        output = (lambda x: x) if from_logits else shares
        yield Case(
            f"ops_binary_crossentropy_{name}",
            lambda x, y, f=from_logits: ops.binary_crossentropy(
                ops.sigmoid(x), y if f else ops.sigmoid(y), from_logits=f
            ),
            shape=PAIR,
        )
        yield Case(
            f"ops_categorical_crossentropy_{name}",
            lambda x, y, f=from_logits, o=output: ops.categorical_crossentropy(
                shares(x), o(y), from_logits=f
            ),
            shape=PAIR,
        )
        yield Case(
            f"ops_sparse_categorical_crossentropy_{name}",
            lambda x, y, f=from_logits, o=output: ops.sparse_categorical_crossentropy(
                x, o(y), from_logits=f
            ),
            shape=[(3,), (3, 4)],
            dtype=["int32", "float32"],
            high=4,
        )


def kernels():
    kernel = constant(3, 2, 2, 4)
    for name, options in {
        "": {},
        "_same": {"padding": "same", "strides": 2},
        "_dilated": {"dilation_rate": 2},
    }.items():
        yield Case(
            f"ops_conv{name}", lambda x, o=options: ops.conv(x, kernel, **o), shape=(7, 6, 2)
        )
        depthwise = constant(3, 2, 2, 2)
        yield Case(
            f"ops_depthwise_conv{name}",
            lambda x, k=depthwise, o=options: ops.depthwise_conv(x, k, **o),
            shape=(7, 6, 2),
        )
    line = constant(3, 2, 3)
    yield Case("ops_conv_1d", lambda x: ops.conv(x, line, padding="same"), shape=(8, 2))
    first, second = constant(2, 2, 2, 2), constant(1, 1, 4, 3)
    yield Case("ops_separable_conv", lambda x: ops.separable_conv(x, first, second), shape=IMAGE)


W42, W4, W342 = constant(4, 2), constant(4), constant(3, 4, 2)
PLACES = np.array([[[0, 3, -1], [1, 1, 2], [2, 0, 0]]])

class UnreadCase(Case):
    """A file that Keras writes and cannot read: it tells operations from layers by their configs alone."""

    def read(self, model, path):
        return model


CASES = [
    # Whole numbers
    *[
        of_two(name)
        for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "gcd", "lcm", "left_shift",
                     "right_shift", "bitwise_left_shift", "bitwise_right_shift")
    ],
    whole("bitwise_not", lambda x: ops.bitwise_not(x)),
    whole("bitwise_invert", lambda x: ops.bitwise_invert(x)),
    whole("left_shift_number", lambda x: ops.left_shift(x, 2)),
    whole("isin", lambda x: ops.isin(x, [1, 2, 7])),
    whole("isin_inverted", lambda x: ops.isin(x, [1, 2, 7], invert=True)),
    # Equal sizes: TensorFlow's takes the sizes of others in the wrong order.
    whole("unravel_index", lambda x: ops.unravel_index(x, (3, 3)), high=9),
    whole("multi_hot", lambda x: ops.multi_hot(x, num_classes=10), shape=(5,)),
    # Tensors of a few numbers
    Case("ops_linspace", lambda x, y: ops.linspace(x, y, 5, axis=-1), shape=PAIR),
    Case("ops_linspace_open", lambda x, y: ops.linspace(x, y, 4, endpoint=False, axis=1), shape=PAIR),
    Case("ops_logspace", lambda x, y: ops.logspace(x, y, 3, base=2, axis=-1), shape=PAIR),
    Case("ops_full", lambda x: x * ops.full((3, 4), ops.max(x)), shape=LIST),
    Case("ops_meshgrid", grid, shape=[(3,), (4,)]),
    Case("ops_meshgrid_ij", lambda x, y: grid(x, y, indexing="ij"), shape=[(3,), (4,)]),
    *[
        Case(f"ops_diag_{k}", lambda x, k=k: rows(x, ops.diag(first_row(x), k=k)), shape=(4,))
        for k in (0, 1, -2)
    ],
    Case("ops_diag_of_matrix", lambda x: rows(x, ops.diag(first_row(x), k=1)), shape=LIST),
    Case("ops_diagflat", lambda x: rows(x, ops.diagflat(first_row(x))), shape=(2, 3)),
    Case("ops_vander", lambda x: rows(x, ops.vander(first_row(x), 3)), shape=(4,)),
    Case("ops_kron", lambda x: ops.kron(x, constant(1, 2, 3)), shape=LIST),
    Case("ops_size", lambda x: x / ops.cast(ops.size(x), "float32"), shape=LIST),
    # Choices and places
    Case("ops_select", lambda x, y: ops.select([x > 0.5, y > 0], [x, -y], 0.25), shape=PAIR),
    Case(
        "ops_take_along_axis",
        lambda x, y: ops.take_along_axis(x, ops.argsort(y, axis=1), axis=1),
        shape=PAIR,
    ),
    Case("ops_take_along_axis_constant", lambda x: ops.take_along_axis(x, PLACES, axis=2), shape=LIST),
    Case("ops_isreal", lambda x: ops.isreal(x), shape=LIST),
    Case(
        "ops_in_top_k",
        lambda x, y: ops.in_top_k(ops.max(x, axis=1), y, 2),
        shape=[(1,), (5,)],
        dtype=["int32", "float32"],
        high=5,
        rows=9,
    ),
    Case(
        "ops_slice_update", lambda x, y: ops.slice_update(x, (0, 1, 2), y), shape=[(4, 5), (2, 3)]
    ),
    Case(
        "ops_scatter",
        lambda x: rows(x, ops.scatter(np.array([[1], [3], [1]]), first_row(x), (5, 4))),
        shape=LIST,
    ),
    *[
        Case(
            f"ops_scatter_update{'_' + reduction if reduction else ''}",
            lambda x, reduction=reduction: ops.scatter_update(
                x, np.array([[0, 1], [1, 2], [0, 1]]), W342[:, 0, 0], reduction=reduction
            ),
            shape=(3,),
        )
        for reduction in ("add", "max", "min", "mul")
    ],
    Case(
        "ops_scatter_update",
        lambda x: ops.scatter_update(x, np.array([[0, 1], [1, 2]]), W4[:2]),
        shape=(3,),
    ),
    *[
        Case(
            f"ops_{name}",
            lambda x, name=name: rows(x, getattr(ops, name)(x, ids_of(x), num_segments=4)),
            shape=(3,),
            rows=12,
        )
        for name in ("segment_sum", "segment_max", "segment_min", "segment_prod")
    ],
    # Constants where tensors usually are
    Case("ops_matmul_constant", lambda x: ops.matmul(x, W42), shape=LIST),
    Case("ops_matmul_vector", lambda x: ops.matmul(x, W4), shape=LIST),
    Case("ops_dot_constant", lambda x: ops.dot(x, W42), shape=LIST),
    Case("ops_dot", lambda x, y: ops.dot(x, ops.mean(y, axis=0)), shape=[(3, 4), (4, 2)]),
    Case("ops_dot_vector", lambda x, y: ops.dot(x, ops.mean(y, axis=0)), shape=[(3, 4), (4,)]),
    Case("ops_einsum_constant", lambda x: ops.einsum("bij,jk->bki", x, W42), shape=LIST),
    Case(
        "ops_einsum_three",
        lambda x, y: ops.einsum("bij,bjk,bk->bi", x, y, ops.max(y, axis=1)),
        shape=[(3, 4), (4, 2)],
    ),
    Case("ops_einsum_one", lambda x: ops.einsum("bij->bj", x), shape=LIST),
    Case("ops_take_of_constant", lambda x: ops.take(W342, x, axis=0), shape=(5,), dtype="int32", high=3),
    Case("ops_take_of_whole_numbers", lambda x: ops.take(np.arange(9).reshape(3, 3), x, axis=1)[1], shape=(5,), dtype="int32", high=3),
    Case("ops_take_at_computed_places", lambda x: ops.take(x, ops.argmax(x[0], axis=0), axis=2), shape=LIST),
    Case("ops_take_matrix", lambda x: ops.take(x, [[0, 1], [2, 0]], axis=2), shape=LIST),
    # Not a number
    *[
        Case(
            f"ops_{name}",
            lambda x, name=name: getattr(ops, name)(
                ops.where(x < 0.7, x, ops.log(-ops.abs(x))), axis=-1
            ),
            shape=LIST,
        )
        for name in ("nanvar", "nanstd", "nanargmax", "nanargmin")
    ],
    # Norms
    *[
        Case(
            f"ops_norm_{order}",
            lambda x, order=order: ops.norm(x, ord=order, axis=1),
            shape=LIST,
        )
        for order in (3,)
    ],
    Case("ops_normalize_order_1", lambda x: ops.normalize(x, axis=1, order=1), shape=LIST),
    Case("ops_normalize_matrices_order_1", lambda x: ops.normalize(x, axis=(1, 2), order=1), shape=LIST),
    Case("ops_normalize_order_3", lambda x: ops.normalize(x, order=3), shape=LIST),
    # Matrices
    Case("ops_det", lambda x: ops.det(x), shape=SQUARE),
    Case("ops_slogdet", lambda x: ops.slogdet(x), shape=(4, 4)),
    Case("ops_logdet", lambda x: ops.logdet(positive_matrix(x)), shape=LIST),
    Case("ops_inv", lambda x: ops.inv(positive_matrix(x)), shape=LIST),
    Case("ops_cholesky", lambda x: ops.cholesky(positive_matrix(x)), shape=LIST),
    Case("ops_cholesky_upper", lambda x: ops.cholesky(positive_matrix(x), upper=True), shape=LIST),
    Case("ops_solve", lambda x, y: ops.solve(positive_matrix(x), y), shape=[LIST, (3, 2)]),
    Case(
        "ops_solve_triangular",
        lambda x, y: ops.solve_triangular(triangle(x), y, lower=True),
        shape=[SQUARE, (3, 2)],
    ),
    Case(
        "ops_solve_triangular_upper",
        lambda x, y: ops.solve_triangular(ops.transpose(triangle(x), (0, 2, 1)), y, lower=False),
        shape=[SQUARE, (3, 2)],
    ),
    Case("ops_cdist", lambda x, y: ops.cdist(x, y), shape=[(3, 4), (5, 4)]),
    # Signals
    Case("ops_fft", lambda x, y: ops.fft((x, y)), shape=[(3, 6), (3, 6)]),
    Case("ops_fft2", lambda x, y: ops.fft2((x, y)), shape=[(3, 4), (3, 4)]),
    Case("ops_ifft2", lambda x, y: ops.ifft2((x, y)), shape=[(3, 4), (3, 4)]),
    Case("ops_rfft", lambda x: ops.rfft(x), shape=(3, 10)),
    Case("ops_rfft_longer", lambda x: ops.rfft(x, 16), shape=(10,)),
    Case("ops_rfft_shorter", lambda x: ops.rfft(x, 7), shape=(10,)),
    Case("ops_irfft", lambda x, y: ops.irfft((x, y)), shape=[(5,), (5,)]),
    Case("ops_irfft_odd", lambda x, y: ops.irfft((x, y), 7), shape=[(5,), (5,)]),
    Case("ops_stft", lambda x: ops.stft(x, 6, 3, 8), shape=(2, 30)),
    Case("ops_stft_plain", lambda x: ops.stft(x, 8, 4, 8, window=None, center=False), shape=(30,)),
    Case("ops_extract_sequences", lambda x: ops.extract_sequences(x, 4, 3), shape=(2, 14)),
    Case("ops_erfinv", lambda x: ops.erfinv(ops.tanh(2 * x)), shape=(20,)),
    Case("ops_i0", lambda x: ops.i0(3 * x), shape=(20,)),
    # Images
    Case("ops_gaussian_blur", lambda x: ops.image.gaussian_blur(x, (3, 5), (0.8, 1.4)), shape=IMAGE),
    Case("ops_sobel_edges", lambda x: ops.image.sobel_edges(x), shape=IMAGE),
    Case("ops_unfold", lambda x: ops.unfold(x, (2, 3), padding=1, stride=(2, 1)), shape=(2, 5, 6)),
    Case("ops_unfold_dilated", lambda x: ops.unfold(x, 2, dilation=2), shape=(3, 5, 5)),
    Case("ops_fold", lambda x: ops.fold(x, (5, 6), (2, 3), padding=(1, 0)), shape=(12, 24)),
    Case("ops_fold_strides", lambda x: ops.fold(x, 4, 2, stride=2), shape=(8, 4)),
    # Attention
    Case(
        "ops_dot_product_attention",
        lambda x, y: ops.dot_product_attention(x, y, -y),
        shape=[(5, 2, 4), (6, 2, 4)],
    ),
    Case(
        "ops_dot_product_attention_causal",
        lambda x, y: ops.dot_product_attention(x, y, -y, is_causal=True, scale=0.3),
        shape=[(5, 4, 4), (5, 2, 4)],
    ),
    *losses(),
    *[
        UnreadCase(f"ops_{name}_legacy_file", function, shape=LIST, file="model.h5")
        for name, function in {
            "cumsum": lambda x: ops.cumsum(x, axis=1, dtype="float32"),
            "cumprod": lambda x: ops.cumprod(x, axis=-1, dtype="float32"),
            "cast": lambda x: ops.cast(ops.cast(2 * x, "int32"), "float32") / 3,
            "one_hot": lambda x: ops.one_hot(ops.argmax(x, axis=-1), 4, dtype="float32"),
            "softmax": lambda x: ops.softmax(x, axis=1),
        }.items()
    ],
    Case("ops_psnr", lambda x, y: x * ops.psnr(x, y, 2.0), shape=PAIR),
    *kernels(),
]
