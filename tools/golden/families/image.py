"""Preprocessing of images and numbers: Rescaling, Normalization, Resizing, CenterCrop."""

from case import Case
from keras import layers

FIRST = "channels_first"
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
# Growing, shrinking, growing one way and shrinking the other, by whole and broken factors.
TARGETS = ((8, 10), (3, 2), (9, 3))


def resizing(name, height, width, shape=(5, 6, 2), **options):
    return Case(name, layers.Resizing(height, width, **options), shape=shape, scale=50.0)


CASES = [
    Case("rescaling", layers.Rescaling(1 / 255), shape=(3, 4, 3), mean=128.0, scale=60.0),
    Case("rescaling_offset", layers.Rescaling(1 / 127.5, offset=-1), shape=(3, 4, 3), scale=90.0),
    Case(
        "rescaling_lists",
        layers.Rescaling([0.1, 0.2, 0.3], offset=[-1.0, 0.5, 2.0]),
        shape=(3, 4, 3),
        scale=9.0,
    ),
    Case("rescaling_list_scale", layers.Rescaling([2.0, 3.0], offset=1.0), shape=(4, 2)),
    Case("rescaling_list_offset", layers.Rescaling(0.5, offset=[1.0, -2.0]), shape=(4, 2)),
    Case("rescaling_integers", layers.Rescaling(1 / 255), shape=(4, 4, 1), dtype="uint8", high=256),
    Case("normalization_given", layers.Normalization(mean=3.0, variance=2.0), shape=(5,)),
    Case(
        "normalization_given_lists",
        layers.Normalization(mean=[1.0, -2.0, 3.0], variance=[0.5, 2.0, 4.0]),
        shape=(4, 3),
    ),
    Case(
        "normalization_given_axis_1",
        layers.Normalization(axis=1, mean=[1.0, -2.0, 3.0, 0.0], variance=[0.5, 2.0, 4.0, 1.0]),
        shape=(4, 3),
    ),
    Case(
        "normalization_given_inverted",
        layers.Normalization(mean=[1.0, -2.0, 3.0], variance=[0.5, 2.0, 4.0], invert=True),
        shape=(4, 3),
    ),
    Case(
        "normalization_no_axis_given",
        layers.Normalization(axis=None, mean=1.5, variance=9.0),
        shape=(4, 3),
    ),
    Case("normalization_zero_variance", layers.Normalization(mean=1.0, variance=0.0), shape=(4,)),
    Case("normalization_adapted", layers.Normalization(), shape=(6,)),
    Case("normalization_adapted_image", layers.Normalization(), shape=(3, 4, 3)),
    Case("normalization_adapted_axis_1", layers.Normalization(axis=1), shape=(3, 4)),
    Case("normalization_adapted_two_axes", layers.Normalization(axis=(1, 2)), shape=(3, 4)),
    Case("normalization_adapted_outer_axes", layers.Normalization(axis=(1, 3)), shape=(3, 4, 2)),
    Case("normalization_adapted_no_axis", layers.Normalization(axis=None), shape=(3, 4)),
    Case("normalization_adapted_inverted", layers.Normalization(invert=True), shape=(6,)),
    Case("normalization_adapted_integers", layers.Normalization(), shape=(6,), dtype="int32"),
    *[
        resizing(f"resizing_{name}_to_{height}x{width}", height, width, interpolation=name)
        for name in INTERPOLATIONS
        for height, width in TARGETS
    ],
    *[
        resizing(f"resizing_{name}_antialias", 3, 4, (9, 7, 2), interpolation=name, antialias=True)
        for name in INTERPOLATIONS
    ],
    resizing("resizing_bilinear_antialias_growing", 9, 8, antialias=True),
    resizing("resizing_same_size", 5, 6),
    resizing("resizing_to_one_pixel", 1, 1),
    resizing("resizing_from_one_pixel", 3, 4, (1, 1, 2)),
    resizing("resizing_double", 10, 12),
    resizing("resizing_half", 4, 3, (8, 6, 2)),
    resizing("resizing_crop_wide", 4, 4, (5, 9, 2), crop_to_aspect_ratio=True),
    resizing("resizing_crop_tall", 4, 6, (9, 5, 2), crop_to_aspect_ratio=True),
    resizing(
        "resizing_crop_nearest", 3, 5, (8, 7, 2), crop_to_aspect_ratio=True, interpolation="nearest"
    ),
    resizing("resizing_pad_wide", 6, 6, (4, 8, 2), pad_to_aspect_ratio=True),
    resizing("resizing_pad_tall", 5, 8, (9, 4, 2), pad_to_aspect_ratio=True),
    resizing("resizing_pad_value", 6, 6, (4, 9, 2), pad_to_aspect_ratio=True, fill_value=7.5),
    resizing("resizing_pad_bicubic", 7, 5, pad_to_aspect_ratio=True, interpolation="bicubic"),
    resizing("resizing_channels_first", 7, 4, (2, 5, 6), data_format=FIRST),
    resizing(
        "resizing_nearest_channels_first",
        4,
        9,
        (2, 5, 6),
        interpolation="nearest",
        data_format=FIRST,
    ),
    Case("resizing_free_size", layers.Resizing(4, 5), shape=(None, None, 3), actual=(7, 3, 3)),
    Case("center_crop", layers.CenterCrop(3, 4), shape=(7, 8, 2)),
    Case("center_crop_odd_rest", layers.CenterCrop(4, 3), shape=(7, 8, 2)),
    Case("center_crop_nothing", layers.CenterCrop(4, 5), shape=(4, 5, 2)),
    Case("center_crop_resizes", layers.CenterCrop(6, 8), shape=(4, 5, 2)),
    Case("center_crop_resizes_tall", layers.CenterCrop(5, 3), shape=(4, 8, 2)),
    Case("center_crop_resizes_wide", layers.CenterCrop(3, 9), shape=(8, 6, 2)),
    Case("center_crop_channels_first", layers.CenterCrop(3, 2, data_format=FIRST), shape=(2, 6, 5)),
]
