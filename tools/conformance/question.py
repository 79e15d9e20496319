"""Asking Keras: models with random weights, what they are given, and what Keras answers.

Runs in a process of its own for every model or table, because TensorFlow keeps the memory of the models
it has seen. Everything is handed over as files.
"""

import dataclasses
import os
import pathlib
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

GOLDEN_TOOL = pathlib.Path(__file__).resolve().parents[1] / "golden"


@dataclasses.dataclass
class Question:
    """A model's file, and arrays as .npy files under their Keras names."""

    name: str
    model: pathlib.Path
    inputs: list[tuple[str, pathlib.Path]]
    outputs: list[tuple[str, pathlib.Path]]
    tolerance: float


def save_question(name, folder, model, inputs, outputs, tolerance) -> Question:
    def saved(kind, arrays):
        paths = [(key, folder / f"{kind}_{i}.npy") for i, (key, _) in enumerate(arrays)]
        for (_, path), (_, array) in zip(paths, arrays):
            np.save(path, array)
        return paths

    return Question(name, model, saved("input", inputs), saved("output", outputs), tolerance)


def names_of(section: str) -> list[str]:
    """What there is to ask in a section."""
    prepare()
    if section == "applications":
        from applications import constructors

        return constructors()
    from generate import FAMILIES

    return list(FAMILIES)


def prepare():
    """Makes the golden tool's modules importable, and TensorFlow quiet."""
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    if str(GOLDEN_TOOL) not in sys.path:
        sys.path.insert(0, str(GOLDEN_TOOL))


def family_questions(family: str, folder: pathlib.Path, seed: int) -> list[Question]:
    """The table of a golden family, with other weights and inputs than the committed ones."""
    prepare()
    from generate import load_cases

    questions = []
    for case in load_cases(family):
        own = folder / case.name
        own.mkdir()
        solved = case.solve(own, seed)
        arrays = list(solved.inputs.items()), solved.outputs
        questions.append(
            save_question(case.name, own, own / case.file, *arrays, case.accepted_difference())
        )
    return questions


# Small networks run at their own size; the others on smaller images, to be affordable.
AT_FULL_SIZE = (
    "MobileNet",
    "MobileNetV2",
    "NASNetMobile",
    "EfficientNetB0",
    "DenseNet121",
    "ResNet50",
)
REDUCED_SIZE = 96
CALIBRATION_IMAGES = 6


def application_questions(
    name: str, folder: pathlib.Path, seed: int, full_size: bool
) -> list[Question]:
    """A model of keras.applications with random weights, and two random images."""
    prepare()
    import keras
    from weights import randomise

    random = np.random.default_rng(seed)
    shape = None if full_size or name in AT_FULL_SIZE else (REDUCED_SIZE, REDUCED_SIZE, 3)
    constructor = getattr(keras.applications, name)
    model = constructor(weights=None, input_shape=shape, classifier_activation=None)
    randomise(model, random)
    settle_normalizations(model)
    images = random_images(random, CALIBRATION_IMAGES, model.input_shape[1:])
    calibrate(model, images)
    images = images[:2]
    expected = np.asarray(model(images, training=False))
    reject_degenerate(expected)
    path = folder / f"{name}.keras"
    model.save(path)
    inputs, outputs = [(model.inputs[0].name, images)], [(model.output_names[0], expected)]
    return [save_question(name, folder, path, inputs, outputs, 1e-4)]


def random_images(random, count, shape):
    """Blotches and noise, from 0 to 255: images that differ, as photographs do."""
    height, width, channels = shape
    tile = random.uniform(0, 255, (count, 4, 4, channels))
    large = tile.repeat(-(-height // 4), axis=1).repeat(-(-width // 4), axis=2)
    noisy = large[:, :height, :width] + random.normal(0, 20, (count, height, width, channels))
    return np.clip(noisy, 0, 255).astype(np.float32)


def settle_normalizations(model):
    """Keras computes with copies of the mean and variance, made when weights are loaded."""
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def calibrate(model, images):
    """Gives batch normalizations the statistics of what they see.

    With arbitrary ones, or with those of other images than are asked about, the signal of a hundred
    layers vanishes, or grows until rounding errors decide the answer.
    """
    normalizations = [layer for layer in model.layers if "momentum" in layer.get_config()]
    momenta = [layer.momentum for layer in normalizations]
    for layer in normalizations:
        layer.momentum = 0.0
    if normalizations:
        model(images, training=True)
    for layer, momentum in zip(normalizations, momenta):
        layer.momentum = momentum
        variance = np.asarray(layer.moving_variance)
        # A channel that hardly varies would be made of its rounding errors; and they would grow from
        # layer to layer, as they do not in trained models, if all that varies were kept.
        layer.moving_variance.assign(1.1 * np.maximum(variance, 0.1 * variance.mean()))


def reject_degenerate(expected):
    """An answer that does not depend on the image would prove little."""
    largest = np.abs(expected).max()
    if not np.isfinite(largest) or np.abs(expected[0] - expected[1]).max() < 1e-3 * largest:
        raise ValueError(f"degenerate expectation: largest {largest}, the two rows hardly differ")
