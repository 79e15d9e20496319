"""Hashing and HashedCrossing: FarmHash, SipHash, and the fingerprints of crossed features."""

from case import Case
from keras import layers

WORDS = tuple("x" * length + "é" for length in (0, 1, 3, 6, 7, 14, 15, 30, 31, 62, 63, 130)) + (
    "",
    "omar",
    "stringer",
    "marlo",
)
NUMBERS = (0, 1, -1, 7, 12345678, -87654321)
LARGE = (2**62, -(2**63), 2**63 - 1, 10**18, 3)


def strings(name, shape=(12,), words=WORDS, **options):
    return Case(
        f"strings_{name}", layers.Hashing(**options), shape=shape, dtype="string", words=words
    )


def integers(name, dtype="int64", numbers=NUMBERS, **options):
    return Case(
        f"integers_{name}", layers.Hashing(**options), shape=(7,), dtype=dtype, numbers=numbers
    )


def crossing(name, shape=(1,), dtypes=("string", "int64"), **options):
    def apply(*inputs):
        return layers.HashedCrossing(**options)(list(inputs))

    return Case(
        f"crossing_{name}",
        apply,
        shape=[shape] * len(dtypes),
        dtype=list(dtypes),
        words=WORDS,
        numbers=LARGE if "int64" in dtypes else NUMBERS,
        rows=11,
    )


def crossed_and_dense(first, second):
    crossed = layers.HashedCrossing(num_bins=6, output_mode="one_hot")([first, second])
    return layers.Dense(3)(crossed)


CASES = [
    strings("many_bins", num_bins=1_000_003),
    strings("few_bins", num_bins=3),
    strings(
        "one_bin_masked", num_bins=1, mask_value="omar", words=("omar", "x"), output_mode="count"
    ),
    strings("scalar", shape=(), num_bins=100),
    strings("matrix", shape=(2, 3), num_bins=100),
    strings("mask", num_bins=50, mask_value="omar"),
    strings("mask_empty", num_bins=50, mask_value=""),
    strings("salt", num_bins=1_000_003, salt=1337),
    strings("two_salts", num_bins=1_000_003, salt=[2**62 + 1, -137]),
    strings("salt_mask", num_bins=60, salt=[133, 137], mask_value="omar"),
    strings("int32", num_bins=60, dtype="int32"),
    strings("one_hot", num_bins=5, output_mode="one_hot"),
    strings("one_hot_column", shape=(1,), num_bins=5, output_mode="one_hot"),
    strings("one_hot_scalar", shape=(), num_bins=5, output_mode="one_hot"),
    strings("one_hot_ones", shape=(1, 1), num_bins=5, output_mode="one_hot"),
    strings("multi_hot", num_bins=5, output_mode="multi_hot"),
    strings("count", num_bins=5, output_mode="count"),
    strings("count_int", num_bins=5, output_mode="count", dtype="int64"),
    strings("of_bytes", num_bins=1000, words=(b"\xff", b"\x00\x01", b"a\x80b")),
    integers("many_bins", num_bins=1_000_003),
    integers("large", num_bins=1_000_003, numbers=LARGE),
    integers("int32", dtype="int32", num_bins=1_000_003),
    integers("uint8", dtype="uint8", numbers=(0, 1, 200, 255), num_bins=1_000_003),
    integers("mask", num_bins=50, mask_value=7),
    integers("salt", num_bins=1_000_003, salt=[133, 137]),
    integers("salt_mask", num_bins=60, salt=3, mask_value=-1),
    integers("one_hot", num_bins=4, output_mode="one_hot"),
    integers("multi_hot", num_bins=4, output_mode="multi_hot"),
    integers("count", num_bins=4, output_mode="count"),
    Case("floats", layers.Hashing(num_bins=1_000_003), shape=(6,), scale=1000.0),
    Case("floats_mask", layers.Hashing(num_bins=50, mask_value=0), shape=(6,), scale=1000.0),
    crossing("string_and_integer", num_bins=1_000_003),
    crossing("scalars", shape=(), num_bins=1_000_003),
    crossing("strings", dtypes=("string", "string"), num_bins=1_000_003),
    crossing("integers", dtypes=("int64", "int64"), num_bins=1_000_003),
    crossing("int32", dtypes=("int32", "string"), num_bins=1_000_003),
    crossing("few_bins", num_bins=5),
    crossing("one_hot", num_bins=5, output_mode="one_hot"),
    crossing("one_hot_scalars", shape=(), num_bins=5, output_mode="one_hot"),
    Case(
        "crossing_and_dense",
        crossed_and_dense,
        shape=[(1,), (1,)],
        dtype=["string", "int64"],
        words=WORDS,
        numbers=LARGE,
        rows=5,
    ),
]
