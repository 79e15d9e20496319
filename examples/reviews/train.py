"""Trains the small text classifier of docs/text.md with Keras, and writes what the page reads.

    python train.py [--output FOLDER]

Reviews are put together from the words below, so that nothing has to be downloaded: the classifier
learns which words praise. The seed is fixed.

Written: reviews.keras, reviews.csv and reviews.jsonl (the same texts) and expected.npy (Keras's own
predictions).
"""

import argparse
import csv
import json
import os
import pathlib
import random

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

SEED = 7
PRAISE = ("great", "lovely", "Wonderful", "a delight", "très bon", "the best")
BLAME = ("awful", "boring", "Terrible", "a waste", "très mauvais", "the worst")
THINGS = ("film", "book", "play", "soup", "concert", "café")
FRAMES = (
    "The {thing} was {word}!",
    "{word}, really: a {thing} like that?",
    "I found this {thing} {word}.",
    'They said "{word}" of the {thing}, and so do I.',
)


def make_reviews(count):
    choose = random.Random(SEED).choice
    labels = [index % 2 for index in range(count)]
    texts = [
        choose(FRAMES).format(word=choose(PRAISE if label else BLAME), thing=choose(THINGS))
        for label in labels
    ]
    return texts, np.array(labels)


def make_model(texts):
    words = layers.TextVectorization(max_tokens=100, output_sequence_length=12)
    words.adapt(texts)
    return keras.Sequential(
        [
            keras.Input((1,), dtype="string", name="review"),
            words,
            layers.Embedding(100, 8),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, activation="sigmoid", name="praise"),
        ],
        name="reviews",
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    folder = parser.parse_args().output
    keras.utils.set_random_seed(SEED)
    texts, labels = make_reviews(200)
    rows = tf.constant(texts)[:, None]
    model = make_model(texts)
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy")
    model.fit(rows, labels, epochs=30, verbose=0)
    expected = model.predict(rows, verbose=0)
    print(f"accuracy: {np.mean((expected[:, 0] > 0.5) == labels):.3f}")
    model.compile()  # Without the optimiser's state, which predicting does not need.
    model.save(folder / "reviews.keras")
    np.save(folder / "expected.npy", expected)
    with open(folder / "reviews.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["review"], *([text] for text in texts)])
    with open(folder / "reviews.jsonl", "w") as file:
        for text in texts:
            print(json.dumps({"review": text}, ensure_ascii=False), file=file)


if __name__ == "__main__":
    main()
