"""Dense and EinsumDense."""

from case import Case
from keras import layers

CASES = [
    Case("dense", layers.Dense(5), shape=(7,)),
    Case("dense_one_unit", layers.Dense(1), shape=(10,)),
    Case("dense_one_feature", layers.Dense(3), shape=(1,)),
    Case("dense_no_bias", layers.Dense(6, use_bias=False), shape=(5,)),
    Case("dense_relu", layers.Dense(17, activation="relu"), shape=(9,)),
    Case("dense_softmax", layers.Dense(10, activation="softmax"), shape=(12,)),
    Case("dense_wide", layers.Dense(67, activation="tanh"), shape=(33,), rows=5),
    Case("dense_deep_sum", layers.Dense(3), shape=(300,)),
    Case("dense_rank_3", layers.Dense(4, activation="sigmoid"), shape=(3, 5)),
    Case("dense_rank_4", layers.Dense(4), shape=(2, 3, 5)),
    Case("dense_rank_5", layers.Dense(3, use_bias=False), shape=(2, 1, 3, 4)),
    Case("dense_free_length", layers.Dense(4), shape=(None, 5), actual=(6, 5)),
    Case("dense_one_row", layers.Dense(4), shape=(5,), rows=1),
    Case("dense_many_rows", layers.Dense(4), shape=(5,), rows=19),
    Case("dense_integer_input", layers.Dense(4), shape=(6,), dtype="int32"),
    Case("dense_mixed_float16", layers.Dense(5, dtype="mixed_float16"), shape=(7,)),
    Case("dense_float16", layers.Dense(5, activation="relu", dtype="float16"), shape=(7,)),
    Case("dense_mixed_bfloat16", layers.Dense(5, dtype="mixed_bfloat16"), shape=(7,)),
    Case("dense_bfloat16", layers.Dense(5, dtype="bfloat16"), shape=(7,)),
    Case("einsum_dense_plain", layers.EinsumDense("ab,bc->ac", 6, bias_axes="c"), shape=(5,)),
    Case("einsum_dense_no_bias", layers.EinsumDense("ab,bc->ac", 6), shape=(5,)),
    Case(
        "einsum_dense_sequence",
        layers.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d", activation="relu"),
        shape=(3, 5),
    ),
    Case(
        "einsum_dense_ellipsis",
        layers.EinsumDense("...x,xy->...y", 4, bias_axes="y"),
        shape=(2, 3, 5),
    ),
    Case(
        "einsum_dense_heads",
        layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"),
        shape=(4, 6),
    ),
    Case(
        "einsum_dense_join_heads",
        layers.EinsumDense("abcd,cde->abe", (None, 5), bias_axes="e"),
        shape=(4, 2, 3),
    ),
    Case(
        "einsum_dense_over_time",
        layers.EinsumDense("abc,bd->adc", (7, 3), bias_axes="d"),
        shape=(5, 3),
    ),
    Case(
        "einsum_dense_bias_two_axes",
        layers.EinsumDense("abc,bd->adc", (4, 3), bias_axes="dc"),
        shape=(5, 3),
    ),
    Case("einsum_dense_per_channel", layers.EinsumDense("abc,cd->adb", (4, 3)), shape=(3, 6)),
    Case(
        "einsum_dense_bfloat16",
        layers.EinsumDense("ab,bc->ac", 4, bias_axes="c", dtype="bfloat16"),
        shape=(5,),
    ),
]
