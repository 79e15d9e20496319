"""Flatten, Reshape, Permute, RepeatVector, and zero padding, cropping and up-sampling."""

from case import Case
from keras import layers

FIRST = "channels_first"
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")

CASES = [
    Case("flatten", layers.Flatten(), shape=(3, 4, 5)),
    Case("flatten_vector", layers.Flatten(), shape=(6,)),
    Case("flatten_sequence", layers.Flatten(), shape=(4, 3)),
    Case("flatten_scalar", layers.Flatten(), shape=()),
    Case("flatten_channels_first", layers.Flatten(data_format=FIRST), shape=(3, 4, 5)),
    Case("flatten_channels_first_sequence", layers.Flatten(data_format=FIRST), shape=(3, 4)),
    Case("reshape", layers.Reshape((6, 2)), shape=(3, 4)),
    Case("reshape_rest", layers.Reshape((-1, 2)), shape=(3, 4)),
    Case("reshape_rest_inside", layers.Reshape((2, -1, 3)), shape=(4, 6)),
    Case("reshape_to_image", layers.Reshape((2, 3, 4)), shape=(24,)),
    Case("reshape_to_vector", layers.Reshape((-1,)), shape=(2, 3, 4)),
    Case("reshape_unit_axes", layers.Reshape((1, 1, 6)), shape=(6,)),
    Case("reshape_free_length", layers.Reshape((-1, 6)), shape=(None, 3), actual=(4, 3)),
    Case("permute", layers.Permute((2, 1)), shape=(3, 4)),
    Case("permute_image_to_first", layers.Permute((3, 1, 2)), shape=(3, 4, 5)),
    Case("permute_image_to_last", layers.Permute((2, 3, 1)), shape=(3, 4, 5)),
    Case("permute_reverse", layers.Permute((3, 2, 1)), shape=(3, 4, 5)),
    Case("permute_nothing", layers.Permute((1, 2)), shape=(3, 4)),
    Case("permute_volume", layers.Permute((4, 2, 1, 3)), shape=(2, 3, 4, 5)),
    Case("repeat_vector", layers.RepeatVector(4), shape=(5,)),
    Case("repeat_vector_once", layers.RepeatVector(1), shape=(5,)),
    Case("zero_padding1d", layers.ZeroPadding1D(2), shape=(4, 3)),
    Case("zero_padding1d_one_side", layers.ZeroPadding1D((0, 3)), shape=(4, 3)),
    Case(
        "zero_padding1d_channels_first",
        layers.ZeroPadding1D((1, 2), data_format=FIRST),
        shape=(3, 4),
    ),
    Case("zero_padding2d", layers.ZeroPadding2D(), shape=(3, 4, 2)),
    Case("zero_padding2d_symmetric", layers.ZeroPadding2D((2, 1)), shape=(3, 4, 2)),
    Case("zero_padding2d_each_side", layers.ZeroPadding2D(((0, 1), (2, 3))), shape=(3, 4, 2)),
    Case(
        "zero_padding2d_channels_first",
        layers.ZeroPadding2D(((0, 1), (2, 0)), data_format=FIRST),
        shape=(2, 3, 4),
    ),
    Case(
        "zero_padding2d_free_size", layers.ZeroPadding2D(1), shape=(None, None, 2), actual=(3, 5, 2)
    ),
    Case("zero_padding3d", layers.ZeroPadding3D(), shape=(2, 3, 2, 2)),
    Case("zero_padding3d_symmetric", layers.ZeroPadding3D((1, 0, 2)), shape=(2, 3, 2, 2)),
    Case(
        "zero_padding3d_each_side",
        layers.ZeroPadding3D(((0, 1), (2, 0), (1, 1))),
        shape=(2, 3, 2, 2),
    ),
    Case(
        "zero_padding3d_channels_first",
        layers.ZeroPadding3D(1, data_format=FIRST),
        shape=(2, 2, 3, 2),
    ),
    Case("cropping1d", layers.Cropping1D(), shape=(6, 3)),
    Case("cropping1d_one_side", layers.Cropping1D((2, 0)), shape=(6, 3)),
    Case("cropping2d", layers.Cropping2D(1), shape=(5, 6, 2)),
    Case("cropping2d_symmetric", layers.Cropping2D((1, 2)), shape=(5, 6, 2)),
    Case("cropping2d_each_side", layers.Cropping2D(((0, 1), (2, 0))), shape=(5, 6, 2)),
    Case(
        "cropping2d_channels_first",
        layers.Cropping2D(((1, 0), (0, 2)), data_format=FIRST),
        shape=(2, 5, 6),
    ),
    Case("cropping3d", layers.Cropping3D(), shape=(4, 3, 5, 2)),
    Case("cropping3d_each_side", layers.Cropping3D(((0, 1), (1, 0), (2, 1))), shape=(4, 3, 5, 2)),
    Case("cropping3d_channels_first", layers.Cropping3D(1, data_format=FIRST), shape=(2, 4, 3, 5)),
    Case("up_sampling1d", layers.UpSampling1D(), shape=(4, 3)),
    Case("up_sampling1d_three", layers.UpSampling1D(3), shape=(4, 3)),
    *[
        Case(f"up_sampling2d_{name}", layers.UpSampling2D(interpolation=name), shape=(4, 5, 2))
        for name in INTERPOLATIONS
    ],
    *[
        Case(
            f"up_sampling2d_{name}_differs",
            layers.UpSampling2D((3, 2), interpolation=name),
            shape=(3, 4, 2),
        )
        for name in INTERPOLATIONS
    ],
    Case("up_sampling2d_one_axis", layers.UpSampling2D((1, 4)), shape=(3, 4, 2)),
    Case(
        "up_sampling2d_channels_first",
        layers.UpSampling2D((2, 3), data_format=FIRST),
        shape=(2, 3, 4),
    ),
    Case(
        "up_sampling2d_bilinear_channels_first",
        layers.UpSampling2D(2, interpolation="bilinear", data_format=FIRST),
        shape=(2, 3, 4),
    ),
    Case(
        "up_sampling2d_one_pixel", layers.UpSampling2D(4, interpolation="bilinear"), shape=(1, 1, 3)
    ),
    Case(
        "up_sampling2d_free_size", layers.UpSampling2D(2), shape=(None, None, 3), actual=(3, 2, 3)
    ),
    Case("up_sampling3d", layers.UpSampling3D(), shape=(2, 3, 2, 2)),
    Case("up_sampling3d_differs", layers.UpSampling3D((1, 2, 3)), shape=(2, 3, 2, 2)),
    Case(
        "up_sampling3d_channels_first",
        layers.UpSampling3D(2, data_format=FIRST),
        shape=(2, 2, 3, 2),
    ),
]
