"""TextVectorization: every way to standardise, to split, to join and to give tokens."""

import itertools

import keras
from case import Case
from keras import layers

TEXTS = (
    "The quick, brown fox!",
    "  the\tfox\x0bsaid:\x0cÉTÉ été  \r\n",
    "",
    "?!.,",
    "jumps over the lazy dog's [back] ~ and_more",
    "the the the QUICK quick fox-trot",
    "日本 the\u00a0fox \u2028 x",
    "a word that is much longer than all others: incomprehensibilities-and-more-of-that-kind",
    "one two three four five six seven eight nine ten",
)
# Keras cannot read back tokens with ends of lines in them.
LEARNT = tuple(" ".join(text.split()) for text in TEXTS)
TELLING = tuple(text for text in LEARNT if any(letter.isalpha() for letter in text))
BROKEN = (
    b"\xe2!\x82\xac the",
    b"\xff\xc3\xa9 \xe2\x82 fox",
    b"\xed\xa0\x80\xf0\x9f\x98\x80",
    b"a\x00b",
)
WORDS = [
    "the",
    "fox",
    "quick",
    "été",
    "dog's",
    "dogs",
    "the fox",
    "the quick",
    "quick fox",
    "日本",
    "the the the",
    "brown",
    "ÉTÉ",
]
LETTERS = ["e", "t", "é", "日", " ", "t h", "h e", "!", "\ufffd"]
IDF = [0.1 * place + 0.2 for place in range(len(WORDS))]
STANDARDS = (None, "lower", "strip_punctuation", "lower_and_strip_punctuation")


def text(name, shape=(1,), words=TEXTS, rows=12, **options):
    options = {"vocabulary": WORDS, "output_mode": "int"} | options
    if options["output_mode"] == "int" and options.get("split", "") is not None:
        options.setdefault("output_sequence_length", 6)
    layer = layers.TextVectorization(**options)
    return Case(name, layer, shape=shape, dtype="string", words=words, rows=rows)


def adapted(name, shape=(1,), rows=8, **options):
    """The vocabulary is in the file's assets."""

    def apply(inputs):
        layer = layers.TextVectorization(**options)
        layer.adapt(list(LEARNT))
        return layer(inputs)

    return Case(name, apply, shape=shape, dtype="string", words=TEXTS, rows=rows)


def classifier(texts):
    layer = layers.TextVectorization(output_sequence_length=7, max_tokens=20)
    layer.adapt(list(LEARNT))
    vectors = layers.Embedding(20, 6, mask_zero=True)(layer(texts))
    return layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling1D()(vectors))


def recurrent_classifier(texts):
    layer = layers.TextVectorization(output_sequence_length=5, vocabulary=WORDS)
    return layers.Dense(1)(layers.LSTM(4)(layers.Embedding(15, 3)(layer(texts))))


def sequential():
    layer = layers.TextVectorization(output_mode="tf_idf")
    layer.adapt(list(LEARNT))
    return keras.Sequential([keras.Input((1,), dtype="string"), layer, layers.Dense(3)])


def two_kinds(texts, numbers):
    counts = layers.TextVectorization(output_mode="multi_hot", vocabulary=WORDS)(texts)
    return layers.Dense(2)(layers.Concatenate()([layers.Dense(2)(counts), numbers]))


CASES = [
    *(
        text(
            f"{standard or 'as_it_is'}_{split or 'whole'}",
            standardize=standard,
            split=split,
            vocabulary=LETTERS if split == "character" else WORDS,
        )
        for standard, split in itertools.product(STANDARDS, (None, "whitespace", "character"))
    ),
    text("scalar", shape=()),
    text("long", output_sequence_length=20),
    text("short", output_sequence_length=1),
    text("bigrams", ngrams=2, output_sequence_length=12),
    text("trigrams_only", ngrams=(3,), output_sequence_length=12),
    text("bigrams_first", ngrams=(2, 1), output_sequence_length=12),
    text("bigrams_cut", ngrams=2, output_sequence_length=4),
    text(
        "bigrams_of_characters",
        ngrams=2,
        split="character",
        vocabulary=LETTERS,
        output_sequence_length=30,
    ),
    text("broken", words=BROKEN),
    text("broken_characters", words=BROKEN, split="character", vocabulary=LETTERS),
    text(
        "broken_characters_as_they_are",
        words=BROKEN,
        split="character",
        vocabulary=LETTERS,
        standardize=None,
    ),
    text("whole_texts", shape=(4,), split=None, words=("the", "Fox", "", "x y")),
    text("whole_scalar", shape=(), split=None, words=("the", "Fox", "", "x y")),
    text(
        "whole_texts_longer",
        shape=(4,),
        split=None,
        words=("the", "Fox", "x y"),
        output_sequence_length=6,
    ),
    text(
        "whole_texts_shorter",
        shape=(4,),
        split=None,
        words=("the", "Fox", "x y"),
        output_sequence_length=2,
    ),
    text("whole_texts_bigrams", shape=(4,), split=None, ngrams=2, words=("the", "Fox", "quick")),
    text(
        "whole_texts_count",
        shape=(5,),
        split=None,
        output_mode="count",
        words=("the", "Fox", "", "x y"),
    ),
    text("multi_hot", output_mode="multi_hot"),
    text("multi_hot_scalar", shape=(), output_mode="multi_hot"),
    text("multi_hot_padded", output_mode="multi_hot", max_tokens=20, pad_to_max_tokens=True),
    text("multi_hot_bigrams", output_mode="multi_hot", ngrams=2),
    text("count", output_mode="count"),
    text("count_padded", output_mode="count", max_tokens=17, pad_to_max_tokens=True),
    text("count_trigrams", output_mode="count", ngrams=3),
    text("count_characters", output_mode="count", split="character", vocabulary=LETTERS),
    text("tf_idf", output_mode="tf_idf", idf_weights=IDF),
    text("tf_idf_bigrams", output_mode="tf_idf", idf_weights=IDF, ngrams=2),
    text(
        "tf_idf_padded",
        output_mode="tf_idf",
        idf_weights=IDF,
        max_tokens=19,
        pad_to_max_tokens=True,
    ),
    adapted("adapted", output_sequence_length=8),
    adapted("adapted_scalar", shape=(), output_sequence_length=8),
    adapted("adapted_max_tokens", output_sequence_length=8, max_tokens=6),
    adapted("adapted_bigrams", output_sequence_length=8, ngrams=2),
    adapted("adapted_multi_hot", output_mode="multi_hot"),
    adapted("adapted_count", output_mode="count", ngrams=2),
    adapted("adapted_tf_idf", output_mode="tf_idf"),
    adapted("adapted_characters", output_sequence_length=9, split="character", standardize="lower"),
    adapted("adapted_as_it_is", output_sequence_length=9, standardize=None),
    Case("classifier", classifier, shape=(1,), dtype="string", words=TELLING, rows=9),
    Case(
        "recurrent_classifier",
        recurrent_classifier,
        shape=(1,),
        dtype="string",
        words=TEXTS,
        rows=5,
    ),
    Case("sequential", sequential, words=TEXTS, rows=5),
    Case(
        "two_kinds", two_kinds, shape=[(), (3,)], dtype=["string", "float32"], words=TEXTS, rows=6
    ),
    Case(
        "in_h5",
        recurrent_classifier,
        shape=(1,),
        dtype="string",
        words=TEXTS,
        rows=5,
        file="model.h5",
    ),
]
