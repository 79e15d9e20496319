"""Operations of keras.ops.linalg that take matrices apart, and what is made of the parts.

Vectors have a sign of their own, which is compared where TensorFlow's is a matter of its method; and
what the sign leaves alone is compared for larger matrices too.
"""

import numpy as np
from case import Case
from families.functions import first_row, rows
from keras import ops

# Of vectors that TensorFlow computes in single precision.
TOLERANCE = 2e-4
TALL, WIDE, SQUARE, LARGE = (5, 3), (3, 5), (4, 4), (20, 18)
SHAPES = {"tall": TALL, "wide": WIDE, "square": SQUARE, "column": (4, 1), "batches": (2, 3, 2)}


def transposed(x):
    return ops.swapaxes(x, -1, -2)


def symmetric(x):
    return x + transposed(x)


def dependent(x):
    """One row more, which the others make."""
    return ops.concatenate([x, x[:, :1] - 2 * x[:, 1:2]], axis=1)


def on(name, function, shape=TALL, **options):
    return Case(f"ops_{name}", function, shape=shape, tolerance=TOLERANCE, **options)


def product_of_qr(x, mode):
    q, r = ops.qr(x, mode=mode)
    return ops.matmul(q, r)


def product_of_svd(x):
    u, s, v = ops.svd(x, full_matrices=False)
    return ops.matmul(u * ops.expand_dims(s, -2), v)


def product_of_eigh(x):
    values, vectors = ops.eigh(symmetric(x))
    return ops.matmul(vectors * ops.expand_dims(values, -2), transposed(vectors))


def projections(x):
    """Onto the vectors of a complete decomposition, whatever their signs."""
    u, s, v = ops.svd(x, full_matrices=True)
    return ops.matmul(u, transposed(u)), s, ops.matmul(transposed(v), v)


def least_squares(x, y, **options):
    solution = ops.lstsq(first_row(x), first_row(y), **options)
    return rows(x, solution)


CASES = [
    *[on(f"qr_{name}", lambda x: ops.qr(x), shape) for name, shape in SHAPES.items()],
    *[
        on(f"qr_complete_{name}", lambda x: ops.qr(x, mode="complete"), shape)
        for name, shape in SHAPES.items()
    ],
    on("qr_product", lambda x: product_of_qr(x, "reduced"), LARGE),
    on("qr_complete_product", lambda x: product_of_qr(x, "complete"), LARGE),
    on("qr_triangular", lambda x: ops.qr(ops.triu(x)), SQUARE),
    *[
        on(f"svd_{name}", lambda x: ops.svd(x, full_matrices=False), shape)
        for name, shape in SHAPES.items()
    ],
    on("svd_values", lambda x: ops.svd(x, compute_uv=False), LARGE),
    on("svd_product", product_of_svd, LARGE),
    on("svd_product_wide", product_of_svd, (6, 19)),
    on("svd_complete", projections, TALL),
    on("svd_complete_wide", projections, WIDE),
    on("svd_dependent", lambda x: product_of_svd(dependent(x)), WIDE),
    *[
        on(f"eigh_{size}", lambda x: ops.eigh(symmetric(x)), (size, size))
        for size in (1, 2, 3, 4, 7)
    ],
    on("eigh_batches", lambda x: ops.eigh(symmetric(x)), (2, 3, 3)),
    on("eigh_product", product_of_eigh, (18, 18)),
    on("eigh_lower_triangle", lambda x: ops.eigh(x)[0], SQUARE),
    on("lu_factor", lambda x: [rows(x, part) for part in ops.lu_factor(first_row(x))], SQUARE),
    *[on(f"pinv_{name}", lambda x: ops.pinv(x), shape) for name, shape in SHAPES.items()],
    on("pinv_rcond", lambda x: ops.pinv(x, rcond=0.4), SQUARE),
    on("pinv_dependent", lambda x: ops.pinv(dependent(x)), WIDE),
    on("lstsq", least_squares, [TALL, (5, 2)]),
    on("lstsq_wide", least_squares, [WIDE, (3, 2)]),
    on("lstsq_vector", least_squares, [TALL, (5,)]),
    on("lstsq_rcond", lambda x, y: least_squares(x, y, rcond=0.5), [TALL, (5, 2)]),
    on(
        "lstsq_constant",
        lambda x: rows(
            x, ops.lstsq(first_row(x), np.float32([[1, 2], [0, 1], [2, 2], [1, 0], [3, 1]]))
        ),
        TALL,
    ),
    on("matrix_rank", lambda x: ops.matrix_rank(x), SQUARE),
    on("matrix_rank_dependent", lambda x: ops.matrix_rank(dependent(x)), (3, 6)),
    on("matrix_rank_tolerance", lambda x: ops.matrix_rank(x, tol=1.5), (5, 5), rows=7),
    *[
        on(
            f"norm_of_matrices_{order}",
            lambda x, order=order: ops.norm(x, ord=order, axis=(1, 2)),
            WIDE,
        )
        for order in (1, -1, 2, -2, "nuc")
    ],
    on(
        "norm_of_matrices_kept",
        lambda x: ops.norm(x, ord=2, axis=(-1, 1), keepdims=True),
        (3, 2, 4),
    ),
    on("norm_of_matrices_turned", lambda x: ops.norm(x, ord=1, axis=(2, 1)), (3, 4)),
    on("norm_0", lambda x: ops.norm(ops.relu(x), ord=0, axis=1), WIDE),
]
