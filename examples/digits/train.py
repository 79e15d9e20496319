"""Trains the small digit classifier of the demo with Keras, and writes everything the demo reads.

    python train.py [--output FOLDER]

The data are the UCI handwritten digits that ship inside scikit-learn: 1,797 images of 8 x 8 pixels,
grey levels 0 to 16. Four fifths train the network and one fifth, never seen in training, judges it.
The seed is fixed, so the same versions of Keras and TensorFlow give the same model again.

Written: digits.keras, images.npy (uint8, 1797 x 8 x 8 x 1), labels.npy (uint8) and expected.npy
(Keras's own predictions, float32, 1797 x 10).
"""

import argparse
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = 7
EPOCHS = 40
REQUIRED_ACCURACY = 0.98


def load_images():
    digits = load_digits()
    return digits.images.astype(np.uint8)[..., np.newaxis], digits.target.astype(np.uint8)


def convolution_block(filters):
    return [
        layers.Conv2D(filters, 3, padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
    ]


def make_model():
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            layers.Rescaling(1 / 8, offset=-1.0),
            *convolution_block(16),
            *convolution_block(32),
            layers.MaxPooling2D(),
            *convolution_block(32),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.4),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits",
    )


def train(model, images, labels):
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * 45)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(images, labels, batch_size=32, epochs=EPOCHS, verbose=2)


def inference_only(model):
    """The same network without the optimiser's state, which predicting does not need."""
    copy = make_model()
    copy.set_weights(model.get_weights())
    return copy


def save(model, images, labels, folder):
    predictions = model.predict(images, verbose=0).astype(np.float32)
    inference_only(model).save(folder / "digits.keras")
    np.save(folder / "images.npy", images)
    np.save(folder / "labels.npy", labels)
    np.save(folder / "expected.npy", predictions)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    folder = parser.parse_args().output
    keras.utils.set_random_seed(SEED)
    images, labels = load_images()
    train_x, test_x, train_y, test_y = train_test_split(
        images, labels, test_size=0.2, stratify=labels, random_state=SEED
    )
    model = make_model()
    train(model, train_x, train_y)
    _, accuracy = model.evaluate(test_x, test_y, verbose=0)
    print(f"accuracy on {len(test_y)} held-out images: {accuracy:.4f}")
    if accuracy < REQUIRED_ACCURACY:
        raise SystemExit(f"below the required {REQUIRED_ACCURACY}; nothing was written")
    save(model, images, labels, folder)


if __name__ == "__main__":
    main()
