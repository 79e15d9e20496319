"""Operations of keras.ops that count, rank and compare; views, windows and rearrangements."""

import keras
import numpy as np
from case import Case
from families.functions import first_row, rows
from keras import ops

LIST = (3, 4)
PAIR = [LIST, LIST]
METHODS = ("linear", "lower", "higher", "nearest", "midpoint")


def with_gaps(x):
    """Some elements are no numbers."""
    return ops.where(x < 0.7, x, ops.log(-ops.abs(x) - 1))


def of_first(name, function, shape, **options):
    """Of what is no batch: one result, for every sample."""
    return Case(f"ops_{name}", lambda x: rows(x, function(first_row(x))), shape=shape, **options)


def order_of_first(x):
    """0, 1, 2, … in an order that depends on the data."""
    return ops.argsort(first_row(x))


def number(x):
    return ops.cast(x, "float32")


def samples_first(quantiles):
    """Keras has several quantiles along the first axis."""
    return ops.moveaxis(quantiles, 0, -1)


def quantiles():
    for method in METHODS:
        yield Case(
            f"ops_percentile_{method}",
            lambda x, m=method: samples_first(
                ops.percentile(x, [0, 30.0, 55, 100], axis=-1, method=m)
            ),
            shape=(3, 11),
        )
        for name in ("nanpercentile", "nanquantile"):
            q = [20.0, 30, 75] if name == "nanpercentile" else [0.2, 0.3, 0.75]
            yield Case(
                f"ops_{name}_{method}",
                lambda x, n=name, q=q, m=method: samples_first(
                    getattr(ops, n)(with_gaps(x), q, axis=-1, method=m)
                ),
                shape=(3, 11),
            )
    for name in ("quantile", "nanquantile"):
        function = getattr(ops, name)
        yield Case(
            f"ops_{name}_axes", lambda x, f=function: f(x, 0.3, axis=(1, 3)), shape=(3, 4, 5)
        )
        yield Case(f"ops_{name}_all", lambda x, f=function: rows(x, f(x, 0.6)), shape=LIST)
        yield Case(
            f"ops_{name}_kept",
            lambda x, f=function: samples_first(f(x, [0.1, 0.8], axis=1, keepdims=True)),
            shape=LIST,
        )
    for name in ("median", "nanmedian"):
        function = getattr(ops, name)
        yield Case(f"ops_{name}_odd", lambda x, f=function: f(x, axis=1), shape=(5, 2))
        yield Case(
            f"ops_{name}_even", lambda x, f=function: f(x, axis=(1, 2), keepdims=True), shape=(4, 3)
        )
        yield Case(f"ops_{name}_all", lambda x, f=function: x * f(x), shape=(5,))
    yield Case(
        "ops_quantile_integers", lambda x: ops.quantile(x, 0.4, axis=1), shape=LIST, dtype="int32"
    )
    yield Case("ops_nanmedian_gaps", lambda x: ops.nanmedian(with_gaps(x), axis=1), shape=(7, 3))


def windows():
    for name, options in {
        "": {},
        "_hamming": {"window": "hamming"},
        "_whole": {"center": False},
        "_longer": {"length": 20},
        "_plain": {"window": None, "center": False},
    }.items():
        yield Case(
            f"ops_istft{name}",
            lambda x, y, o=options: ops.istft((x, y), 6, 2, 8, **o),
            shape=[(2, 9, 5), (2, 9, 5)],
        )
    yield Case("ops_istft_odd", lambda x, y: ops.istft((x, y), 5, 2, 7), shape=[(9, 4), (9, 4)])
    yield Case(
        "ops_istft_gaps",
        lambda x, y: ops.istft((x, y), 5, 4, 9, center=False),
        shape=[(4, 5), (4, 5)],
    )
    yield Case("ops_istft_of_stft", lambda x: ops.istft(ops.stft(x, 8, 2, 8), 8, 2, 8), shape=(32,))
    yield Case("ops_stft_odd", lambda x: ops.stft(x, 5, 3, 8), shape=(2, 30))
    yield Case(
        "ops_stft_list",
        lambda x: ops.stft(x, 4, 3, 8, window=[0.5, 1.0, 2.0, 1.5]),
        shape=(2, 30),
    )


CASES = [
    *quantiles(),
    *windows(),
    # Counts
    Case("ops_bincount", lambda x: ops.bincount(x, minlength=12), shape=(7,), dtype="int32"),
    of_first("bincount_of_list", lambda x: ops.bincount(x, minlength=10), (30,), dtype="int32"),
    of_first(
        "bincount_weights",
        lambda x: ops.bincount(x, weights=[0.5, 1.0, 2.0, -1.5], minlength=10),
        (4,),
        dtype="int32",
    ),
    of_first("unique", lambda x: ops.unique(x, size=6), (12,)),
    *[
        Case(
            f"ops_unique_{name}",
            lambda x, o=options: [
                rows(x, part)
                for part in ops.unique(
                    ops.max(x, axis=0),
                    return_index=True,
                    return_inverse=True,
                    return_counts=True,
                    **o,
                )
            ],
            shape=(12,),
            dtype="int32",
        )
        for name, options in {
            "filled": {"size": 9, "fill_value": -3},
            "cut": {"size": 2},
            "unsorted": {"size": 9, "sorted": False},
        }.items()
    ],
    # Series
    Case("ops_corrcoef", lambda x: rows(x, ops.corrcoef(first_row(x))), shape=(3, 9)),
    *[
        Case(
            f"ops_correlate_{mode}{suffix}",
            lambda x, y, mode=mode: rows(x, ops.correlate(first_row(x), first_row(y), mode=mode)),
            shape=[(9,), (size,)],
        )
        for mode in ("valid", "same", "full")
        for suffix, size in (("", 4), ("_odd", 5))
    ],
    of_first(
        "correlate_constant",
        lambda x: ops.correlate(x, np.float32([1, -2, 0.5]), mode="full"),
        (6,),
    ),
    Case(
        "ops_correlate_longer",
        lambda x, y: rows(x, ops.correlate(first_row(x), first_row(y), mode="full")),
        shape=[(4,), (7,)],
    ),
    Case("ops_trapezoid", lambda x: ops.trapezoid(x), shape=LIST),
    Case("ops_trapezoid_axis", lambda x: ops.trapezoid(x, dx=0.5, axis=1), shape=(5, 2)),
    Case("ops_trapezoid_at", lambda x: ops.trapezoid(x, x=[0.0, 1.0, 1.5, 4.0]), shape=LIST),
    Case(
        "ops_trapezoid_integers",
        lambda x: ops.trapezoid(x, dx=[1.0, 2.0, 0.5]),
        shape=LIST,
        dtype="int32",
    ),
    # Places and comparisons
    Case(
        "ops_argpartition",
        lambda x: rows(x, ops.argpartition(order_of_first(x), 3)),
        shape=(9,),
    ),
    Case("ops_allclose", lambda x, y: x * (number(ops.allclose(x, y, atol=50.0)) + 1), shape=PAIR),
    Case("ops_allclose_not", lambda x, y: x * (number(ops.allclose(x, y)) + 1), shape=PAIR),
    Case(
        "ops_allclose_constant",
        lambda x: x * (number(ops.allclose(x, 0.0, atol=9.0)) + 1),
        shape=PAIR[0],
    ),
    Case("ops_nextafter", lambda x, y: ops.nextafter(x, y), shape=PAIR),
    # Other shapes, and other types of the same bits
    # TensorFlow's takes the sign along the wrong axis for any other than the first.
    of_first("geomspace", lambda x: ops.geomspace(ops.exp(x), ops.exp(2 - x), 5), (4,)),
    of_first(
        "geomspace_negative", lambda x: ops.geomspace(-ops.exp(x), -3.0, 4, endpoint=False), (2, 3)
    ),
    Case("ops_ndim", lambda x: x * ops.ndim(x), shape=(4, 3)),
    *[
        Case(f"ops_view_{dtype}", lambda x, d=dtype: ops.view(x, d), shape=LIST)
        for dtype in ("int32", "uint8", "int8", "uint16", "int16")
    ],
    Case(
        "ops_view_of_integers",
        lambda x: ops.view(x, "float32"),
        shape=LIST,
        dtype="int32",
        numbers=(0x3F800000, -0x40000000, 0x41234567),
    ),
    Case("ops_view_as_real", lambda x: ops.view_as_real(x), shape=LIST),
    of_first("rearrange", lambda x: ops.rearrange(x, "a b c -> c a b"), (2, 3, 4)),
    of_first("rearrange_split", lambda x: ops.rearrange(x, "(a b) c -> b (c a)", b=2), (6, 4)),
    of_first(
        "rearrange_patches",
        lambda x: ops.rearrange(x, "(h p) (w q) c -> h w (c p q)", p=2, q=3),
        (4, 6, 2),
    ),
    *[
        Case(
            f"ops_saturate_cast_{dtype}",
            lambda x, d=dtype: ops.saturate_cast(200 * x, d),
            shape=LIST,
        )
        for dtype in ("uint8", "int8", "int16", "int32")
    ],
    Case(
        "ops_saturate_cast_integers",
        lambda x: ops.saturate_cast(x, "uint8"),
        shape=LIST,
        dtype="int32",
        numbers=(-5, 17, 300),
    ),
    Case(
        "ops_segment_max_of_integers",
        lambda x: rows(x, ops.segment_max(x, ops.max(x, axis=1) % 4, num_segments=4)),
        shape=(3,),
        dtype="int32",
        rows=12,
    ),
    Case(
        "ops_batch_normalization_constant",
        lambda x: ops.batch_normalization(
            x,
            np.float32([0.5, -1, 2]),
            np.float32([1, 2, 0.5]),
            axis=1,
            offset=np.float32([1, 0, 2]),
            scale=np.float32([1, -2, 3]),
        ),
        shape=(3, 4),
    ),
    # Functions that Keras knows by their names
    Case("ops_map", lambda x: ops.map(keras.activations.softmax, x), shape=LIST),
    Case("ops_vectorized_map", lambda x: ops.vectorized_map(keras.activations.gelu, x), shape=LIST),
    Case(
        "ops_switch",
        lambda x: ops.switch(
            ops.cast(ops.sum(x) > 0, "int32"),
            [keras.activations.relu, keras.activations.tanh],
            x,
        ),
        shape=LIST,
    ),
]
