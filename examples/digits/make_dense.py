"""Writes dense.keras: Dense(128, relu) on ten numbers, then Dense(1).

It is the smallest model whose prediction loop is known to grow in TensorFlow; the demo runs the same
loop with Weir and shows that memory stays level. Its weights are random: only memory is looked at.
"""

import argparse
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from keras import layers

SEED = 7


def make_model():
    return keras.Sequential(
        [keras.Input((10,)), layers.Dense(128, activation="relu"), layers.Dense(1)], name="dense"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    keras.utils.set_random_seed(SEED)
    make_model().save(parser.parse_args().output / "dense.keras")


if __name__ == "__main__":
    main()
