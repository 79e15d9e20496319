"""IntegerLookup and StringLookup: vocabularies from the config and from assets, every output mode."""

import numpy as np
from case import Case
from keras import layers

NUMBERS = (12, 36, 1138, 42, 7, -5, 0, 9)
LARGE = (12, 2**40, -(2**35), 2**40 + 1, 5)
WORDS = ("earth", "wind", "fire", "été", "water", "", "日本", "a longer token, with punctuation!")
KNOWN = [12, 36, 1138, 42]
KNOWN_WORDS = ["earth", "wind", "été", "日本"]
IDF = [0.25, 0.75, 0.6, 0.4]


def integer(name, shape=(5,), dtype="int64", numbers=NUMBERS, **options):
    layer = layers.IntegerLookup(vocabulary=options.pop("vocabulary", KNOWN), **options)
    return Case(f"integer_{name}", layer, shape=shape, dtype=dtype, numbers=numbers)


def string(name, shape=(5,), words=WORDS, **options):
    layer = layers.StringLookup(vocabulary=options.pop("vocabulary", KNOWN_WORDS), **options)
    return Case(f"string_{name}", layer, shape=shape, dtype="string", words=words)


def adapted(name, layer, data, shape=(6,), dtype="string", **options):
    """The vocabulary is in the file's assets."""

    def apply(inputs):
        copy = type(layer).from_config(layer.get_config())
        copy.adapt(data)
        return copy(inputs)

    return Case(name, apply, shape=shape, dtype=dtype, **options)


def inverse(name, layer, **options):
    return Case(
        name, layer, shape=(9,), dtype="int64", numbers=(0, 1, 2, 3, 4, 5, 6, 9, -1), **options
    )


def embedded(words):
    found = layers.StringLookup(vocabulary=KNOWN_WORDS, num_oov_indices=2, mask_token="")(words)
    return layers.Dense(2)(layers.Flatten()(layers.Embedding(7, 3)(found)))


def counted(words):
    return layers.Dense(3)(layers.StringLookup(vocabulary=KNOWN_WORDS, output_mode="count")(words))


def in_nested_model(words):
    import keras

    inner_input = keras.Input((5,), dtype="string")
    lookup = layers.StringLookup()
    lookup.adapt([["wind", "fire"], ["fire", "water"]])
    inner = keras.Model(inner_input, lookup(inner_input))
    other = layers.StringLookup(output_mode="tf_idf")
    other.adapt(np.array([["earth", "wind"], ["fire", "earth"]]))
    return [inner(words), other(words)]


def shared(first, second):
    lookup = layers.StringLookup()
    lookup.adapt([["wind", "fire"], ["fire", "water"]])
    return [lookup(first), lookup(second)]


def wide_and_narrow(numbers):
    """One reads all 64 bits of the input, the other what int32 holds of it."""
    import keras

    found = layers.IntegerLookup(vocabulary=list(LARGE[:3]))(numbers)
    return [found, keras.ops.greater(numbers, 0)]


DOCUMENTS = [["wind", "fire", "été"], ["fire", "water", "fire"], ["été", "fire", "earth"]]
INTEGERS = np.array([[12, 36, 12], [42, 12, -5], [36, 12, 12]])

CASES = [
    integer("int"),
    integer("scalar", shape=()),
    integer("matrix", shape=(2, 3)),
    integer("int32", dtype="int32"),
    integer("uint8", dtype="uint8", numbers=(12, 36, 42, 9)),
    integer("large", numbers=LARGE, vocabulary=list(LARGE[:3])),
    integer("mask", mask_token=0),
    integer("oov_3", num_oov_indices=3),
    integer("oov_3_large", num_oov_indices=3, numbers=LARGE),
    integer("oov_3_mask", num_oov_indices=3, mask_token=0),
    integer("oov_0", num_oov_indices=0, numbers=KNOWN),
    integer("oov_farmhash", num_oov_indices=4, oov_method="farmhash"),
    integer("oov_salt", num_oov_indices=4, oov_method="farmhash", salt=[133, 137]),
    integer("with_special_tokens", vocabulary=[0, -1, 12, 36, 42], mask_token=0),
    integer("with_oov_token", vocabulary=[99, 12, 36, 42], oov_token=99),
    integer("one_hot", output_mode="one_hot"),
    integer("one_hot_column", shape=(1,), output_mode="one_hot"),
    integer("one_hot_scalar", shape=(), output_mode="one_hot"),
    integer("one_hot_matrix", shape=(2, 3), output_mode="one_hot"),
    integer("one_hot_mask", output_mode="one_hot", mask_token=0, num_oov_indices=2),
    integer("one_hot_padded", output_mode="one_hot", max_tokens=9, pad_to_max_tokens=True),
    integer("multi_hot", output_mode="multi_hot"),
    integer("multi_hot_mask", output_mode="multi_hot", mask_token=0),
    integer("multi_hot_padded", output_mode="multi_hot", max_tokens=8, pad_to_max_tokens=True),
    integer("count", output_mode="count"),
    integer("count_oov_3", output_mode="count", num_oov_indices=3),
    integer("tf_idf", output_mode="tf_idf", idf_weights=IDF),
    integer("tf_idf_oov_2", output_mode="tf_idf", idf_weights=IDF, num_oov_indices=2),
    integer(
        "tf_idf_padded",
        output_mode="tf_idf",
        idf_weights=IDF,
        max_tokens=7,
        pad_to_max_tokens=True,
    ),
    integer("max_tokens", max_tokens=10),
    Case(
        "integer_of_floats",
        layers.IntegerLookup(vocabulary=[0, 1, -1]),
        shape=(8,),
        scale=1.5,
    ),
    inverse("integer_inverse", layers.IntegerLookup(vocabulary=KNOWN, invert=True)),
    inverse(
        "integer_inverse_mask",
        layers.IntegerLookup(vocabulary=KNOWN, invert=True, mask_token=0, num_oov_indices=2),
    ),
    adapted("integer_adapted", layers.IntegerLookup(), INTEGERS, dtype="int64", numbers=NUMBERS),
    adapted(
        "integer_adapted_mask",
        layers.IntegerLookup(mask_token=-5, num_oov_indices=2),
        INTEGERS,
        dtype="int64",
        numbers=NUMBERS,
    ),
    adapted(
        "integer_adapted_tf_idf",
        layers.IntegerLookup(output_mode="tf_idf"),
        INTEGERS,
        dtype="int64",
        numbers=NUMBERS,
    ),
    adapted(
        "integer_adapted_inverse",
        layers.IntegerLookup(invert=True),
        INTEGERS,
        dtype="int64",
        numbers=(0, 1, 2, 3, 4, 8),
    ),
    Case("integer_wide_and_narrow", wide_and_narrow, shape=(6,), dtype="int64", numbers=LARGE),
    string("int"),
    string("scalar", shape=()),
    string("matrix", shape=(2, 3)),
    string("mask", mask_token=""),
    string("oov_3", num_oov_indices=3),
    string("oov_3_mask", num_oov_indices=3, mask_token="fire"),
    string("oov_0", num_oov_indices=0, words=KNOWN_WORDS),
    string("oov_salt", num_oov_indices=5, salt=7),
    string("with_special_tokens", vocabulary=["", "[UNK]", "wind", "fire"], mask_token=""),
    string("with_oov_token", vocabulary=["?", "wind", "fire"], oov_token="?"),
    string("of_bytes", words=(b"\xff\xfe", b"earth", b"\x80", b"a\x00b"), num_oov_indices=3),
    string("one_hot", output_mode="one_hot"),
    string("one_hot_column", shape=(1,), output_mode="one_hot"),
    string("one_hot_mask", output_mode="one_hot", mask_token=""),
    string("multi_hot", output_mode="multi_hot"),
    string("multi_hot_padded", output_mode="multi_hot", max_tokens=8, pad_to_max_tokens=True),
    string("count", output_mode="count"),
    string("count_oov_3_mask", output_mode="count", num_oov_indices=3, mask_token=""),
    string("tf_idf", output_mode="tf_idf", idf_weights=IDF),
    string("tf_idf_mask", output_mode="tf_idf", idf_weights=IDF, mask_token=""),
    inverse("string_inverse", layers.StringLookup(vocabulary=KNOWN_WORDS, invert=True)),
    inverse(
        "string_inverse_mask",
        layers.StringLookup(vocabulary=KNOWN_WORDS, invert=True, mask_token="", num_oov_indices=2),
    ),
    adapted("string_adapted", layers.StringLookup(), DOCUMENTS, words=WORDS),
    adapted(
        "string_adapted_mask",
        layers.StringLookup(mask_token="", num_oov_indices=3),
        DOCUMENTS,
        words=WORDS,
    ),
    adapted("string_adapted_max_tokens", layers.StringLookup(max_tokens=4), DOCUMENTS, words=WORDS),
    adapted(
        "string_adapted_tf_idf", layers.StringLookup(output_mode="tf_idf"), DOCUMENTS, words=WORDS
    ),
    adapted(
        "string_adapted_inverse",
        layers.StringLookup(invert=True, mask_token=""),
        DOCUMENTS,
        dtype="int64",
        numbers=(0, 1, 2, 3, 4, 5, 9),
    ),
    Case("string_embedded", embedded, shape=(4,), dtype="string", words=WORDS),
    Case("string_counted", counted, shape=(4,), dtype="string", words=WORDS),
    Case("string_nested", in_nested_model, shape=(5,), dtype="string", words=WORDS),
    Case("string_shared", shared, shape=[(3,), (2,)], dtype="string", words=WORDS),
    Case(
        "string_in_h5",
        embedded,
        shape=(4,),
        dtype="string",
        words=WORDS,
        file="model.h5",
    ),
]
