"""Operations of keras.ops on whole numbers and on truth values: what they give keeps its type."""

import numpy as np
from case import Case
from keras import layers, ops

LIST = (3, 4)
PAIR = [LIST, LIST]


def whole(name, function, shape=LIST, **options):
    return Case(f"integers_{name}", function, shape=shape, dtype="int32", **options)


def signed(name, function, **options):
    """Of numbers on both sides of 0."""
    return whole(name, lambda x, *others: function(x - 4, *[y + 1 for y in others]), **options)


def of_one(name, **arguments):
    return signed(name, lambda x: getattr(ops, name)(x, **arguments))


def of_two(name):
    return signed(name, lambda x, y: getattr(ops, name)(x, y), shape=PAIR)


def truth(name, **arguments):
    return whole(f"truth_{name}", lambda x: getattr(ops, name)(x > 4, **arguments))


def bins(mode, shape):
    layer = layers.Discretization([1.0, 3.0, 4.5], output_mode=mode)
    return Case(f"bins_{mode}_of_{len(shape)}_axes", layer, shape=shape, mean=2.0, scale=2.0)


CASES = [
    *[of_one(name) for name in ("trunc", "round", "relu6", "nan_to_num", "abs", "square", "sign")],
    of_one("threshold", threshold=1, default_value=-7),
    *[of_one(name, axis=1) for name in ("nansum", "nanmax", "nanmin", "nanprod", "nancumsum")],
    # With a number that outdoes the others: what is nearly whole before it is cut proves nothing.
    signed(
        "rms_normalization",
        lambda x: ops.rms_normalization(ops.concatenate([x, 0 * x + 9], axis=-1)),
    ),
    of_one("layer_normalization"),
    *[of_two(name) for name in ("fmax", "fmin", "fmod", "mod", "floor_divide")],
    # Of more than a float holds exactly
    whole("isclose", lambda x, y: ops.isclose(x // 2 + 10_000_000, y // 2 + 10_000_000), shape=PAIR),
    whole("fmod_large", lambda x, y: ops.fmod(x * 100_000_007, y + 3), shape=PAIR),
    *[truth(name) for name in ("abs", "square", "trunc", "sort", "nan_to_num")],
    *[
        truth(name, axis=1)
        for name in ("max", "min", "diff", "nanmax", "nansum", "nancumsum", "sum")
    ],
    *[
        bins(mode, shape)
        for mode in ("int", "one_hot", "multi_hot", "count")
        for shape in ((4,), (3, 4), (2, 3, 2))
    ],
    *[
        Case(f"norm_{name}", lambda x, o=order, a=axis: ops.norm(x, ord=o, axis=a), shape=LIST)
        for name, order, axis in (
            ("infinite", np.inf, 1),
            ("negative_infinite", -np.inf, -1),
            ("infinite_of_matrices", np.inf, (1, 2)),
            ("negative_infinite_of_matrices", -np.inf, (1, 2)),
            ("negative", -1, 1),
        )
    ],
]
