"""Embedding, whose inputs are identifiers, and the mask it can give."""

from case import Case
from keras import layers


def masked_average(identifiers):
    """Rows with identifier 0 do not count in the average."""
    return layers.GlobalAveragePooling1D()(layers.Embedding(6, 4, mask_zero=True)(identifiers))


def flattened(identifiers):
    return layers.Dense(2)(layers.Flatten()(layers.Embedding(9, 3)(identifiers)))


CASES = [
    Case("embedding", layers.Embedding(10, 4), shape=(5,), dtype="int32"),
    Case("embedding_one_identifier", layers.Embedding(10, 4), shape=(1,), dtype="int32"),
    Case("embedding_scalar", layers.Embedding(10, 4), shape=(), dtype="int32"),
    Case("embedding_matrix", layers.Embedding(10, 3), shape=(2, 4), dtype="int32"),
    Case(
        "embedding_from_the_end",
        layers.Embedding(7, 4),
        shape=(6,),
        dtype="int32",
        numbers=[*range(-7, 7)],
    ),
    Case("embedding_int64", layers.Embedding(10, 4), shape=(5,), dtype="int64"),
    Case("embedding_uint8", layers.Embedding(256, 2), shape=(5,), dtype="uint8", high=256),
    Case("embedding_of_floats", layers.Embedding(4, 3), shape=(5,), mean=1.5, scale=0.2),
    Case(
        "embedding_free_length", layers.Embedding(10, 4), shape=(None,), dtype="int32", actual=(7,)
    ),
    Case("embedding_large_table", layers.Embedding(300, 2), shape=(6,), dtype="int32", high=300),
    Case("embedding_wide", layers.Embedding(5, 33), shape=(2,), dtype="int32", high=5),
    Case(
        "embedding_mask_zero",
        layers.Embedding(6, 4, mask_zero=True),
        shape=(5,),
        dtype="int32",
        high=6,
    ),
    Case(
        "embedding_bfloat16", layers.Embedding(10, 4, dtype="bfloat16"), shape=(5,), dtype="int32"
    ),
    Case(
        "embedding_mixed_float16",
        layers.Embedding(10, 4, dtype="mixed_float16"),
        shape=(5,),
        dtype="int32",
    ),
    Case("embedding_masked_average", masked_average, shape=(6,), dtype="int32", high=6),
    Case("embedding_flattened", flattened, shape=(4,), dtype="int32", high=9),
]
