"""Layers that prepare inputs: categories, sound, chains of layers."""

import numpy as np
from case import Case
from keras import layers

SOUND = (40, 2)


def stft_cases():
    return [
        Case(name, layers.STFTSpectrogram(**arguments), shape=shape, tolerance=tolerance)
        for name, arguments, shape, tolerance in (
            ("stft", {"frame_length": 8}, SOUND, 1e-5),
            ("stft_log_of_one", {"frame_length": 7, "frame_step": 3}, (30, 1), 1e-5),
            ("stft_magnitude", {"frame_length": 8, "mode": "magnitude"}, SOUND, 1e-5),
            ("stft_psd", {"frame_length": 8, "mode": "psd", "fft_length": 16}, SOUND, 1e-5),
            ("stft_real", {"frame_length": 8, "mode": "real", "frame_step": 2}, SOUND, 1e-5),
            ("stft_imag", {"frame_length": 8, "mode": "imag", "padding": "same"}, SOUND, 1e-5),
            ("stft_angle", {"frame_length": 8, "mode": "angle"}, SOUND, 1e-5),
            ("stft_stft", {"frame_length": 8, "mode": "stft", "window": "hamming"}, SOUND, 1e-5),
            (
                "stft_expanded",
                {"frame_length": 8, "expand_dims": True, "scaling": None},
                SOUND,
                1e-5,
            ),
            (
                "stft_channels_first_expanded",
                {
                    "frame_length": 8,
                    "expand_dims": True,
                    "data_format": "channels_first",
                    "scaling": "spectrum",
                    "periodic": True,
                },
                (2, 40),
                1e-5,
            ),
            (
                "stft_channels_first",
                {"frame_length": 8, "mode": "stft", "data_format": "channels_first"},
                (2, 40),
                1e-5,
            ),
        )
    ]


def mel(**arguments):
    defaults = {"fft_length": 64, "sequence_stride": 20, "num_mel_bins": 12}
    return layers.MelSpectrogram(**(defaults | arguments))


def mel_case(name, length=200, **arguments):
    return Case(f"mel_spectrogram{name}", mel(**arguments), shape=(length,))


def adapted(layer, data):
    layer.adapt(data)
    return layer


def binned(mode="int", **arguments):
    return layers.Discretization([-1.0, -0.25, 0.0, 0.5, 2.0], output_mode=mode, **arguments)


def bin_case(name, layer, shape):
    return Case(f"discretization{name}", layer, shape=shape, rows=5)


def encoded(name, mode, shape, high=6, **arguments):
    layer = layers.CategoryEncoding(6, output_mode=mode, **arguments)
    return Case(f"category_encoding{name}", layer, shape=shape, dtype="int32", high=high, rows=4)


def weighted(categories, weights):
    return layers.CategoryEncoding(6, output_mode="count")(categories, count_weights=weights)


def bins_into_embedding(x):
    return layers.Embedding(6, 3)(binned()(x))


CASES = [
    bin_case("", binned(), (4,)),
    bin_case("_matrix", binned(), (4, 3)),
    bin_case("_one_hot", binned("one_hot"), (4,)),
    bin_case("_one_hot_single", binned("one_hot"), (1,)),
    bin_case("_multi_hot", binned("multi_hot"), (4,)),
    bin_case("_count", binned("count"), (4,)),
    bin_case(
        "_adapted",
        adapted(layers.Discretization(num_bins=4), np.linspace(-2, 2, 50) ** 3),
        (4,),
    ),
    Case("discretization_of_integers", binned(), shape=(4,), dtype="int32", high=3, rows=4),
    Case("discretization_into_embedding", bins_into_embedding, shape=(4,)),
    encoded("", "multi_hot", (4,)),
    encoded("_one_hot", "one_hot", (4,)),
    encoded("_one_hot_single", "one_hot", (1,)),
    encoded("_count", "count", (9,)),
    Case(
        "category_encoding_weights",
        weighted,
        shape=[(9,), (9,)],
        dtype=("int32", "float32"),
        high=6,
    ),
    *stft_cases(),
    mel_case(""),
    mel_case("_power", power_to_db=False),
    mel_case("_magnitude", power_to_db=False, mag_exp=1.0),
    mel_case("_exponent", power_to_db=False, mag_exp=1.5, window="hamming"),
    mel_case("_short_window", sequence_length=41, sequence_stride=13),
    mel_case("_no_window", window=None, top_db=30.0),
    mel_case("_odd_length", fft_length=63, sequence_length=50),
    mel_case("_large", length=600, fft_length=512, sequence_stride=100, num_mel_bins=5),
    mel_case("_range", min_freq=300.0, max_freq=3000.0, sampling_rate=8000, ref_power=2.0),
    mel_case("_floor", min_power=1e-3, top_db=20.0),
    Case(
        "pipeline",
        layers.Pipeline([layers.Rescaling(0.5, offset=1.0), layers.Dense(3), layers.Dense(4)]),
        shape=(5,),
    ),
    Case(
        "pipeline_of_augmentation",
        layers.Pipeline(
            [
                layers.RandomFlip(),
                layers.Equalization(),
                layers.MaxNumBoundingBoxes(4),
                layers.Rescaling(0.5),
                layers.CenterCrop(3, 2),
            ]
        ),
        shape=(6, 5, 3),
    ),
]
