"""Images transformed, scaled, compared and equalised by tiles, and transposed convolutions."""

import keras
import numpy as np
from case import Case
from keras import layers, ops
from keras.layers import ContrastLimitedAdaptiveHistogramEqualization as Clahe

FIRST = "channels_first"
IMAGE = (6, 7, 2)
RANDOM = np.random.default_rng(5)
EDGES = ("constant", "nearest", "wrap", "reflect")

UNMOVED = np.float32([1, 0, 0, 0, 1, 0, 0, 0])
TURNED = np.float32([0.9, 0.2, -1.3, -0.15, 1.1, 0.8, 0.01, -0.02])
# Far outside of the image on all sides.
FAR = np.float32([3.7, 0.3, -9.6, 0.4, -4.3, 11.2, 0, 0])
HALF = np.float32([1, 0, 0.5, 0, 1, -0.5, 0, 0])
# A column of pixels is infinitely far away.
VANISHING = np.float32([1, 0.1, 0, 0.2, 1, 0, -0.5, 0])

CORNERS = np.float32([[0, 0], [6, 0], [0, 5], [6, 5]])
MOVED = np.float32([[0.4, 0.7], [5.2, -0.3], [1.1, 4.2], [6.3, 5.6]])


def constant(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def for_each_sample(x, value):
    """The value for every sample, times a number of each sample."""
    factor = ops.max(ops.reshape(x, (-1, int(np.prod(x.shape[1:])))), axis=1)
    return ops.reshape(factor, (-1, *[1] * len(value.shape))) * ops.expand_dims(value, 0)


def affine(name, transform, shape=IMAGE, options=None, **given):
    def apply(x):
        return ops.image.affine_transform(x, transform, **(options or {}))

    return Case(f"affine_{name}", apply, shape=shape, **given)


def affine_transforms():
    for edge in EDGES:
        for interpolation in ("nearest", "bilinear"):
            options = {"fill_mode": edge, "interpolation": interpolation, "fill_value": 0.75}
            for name, transform in {"turned": TURNED, "far": FAR, "half": HALF}.items():
                yield affine(f"{name}_{interpolation}_{edge}", transform, options=options)
    yield affine("of_vanishing_points", VANISHING, options={"fill_value": -2.5})
    yield affine("defaults", TURNED[np.newaxis])
    yield affine("whole_numbers", np.int32([1, 0, 2, 0, 1, -1, 0, 0]))
    yield affine("channels_first", TURNED, (2, 6, 7), {"data_format": FIRST, "fill_mode": "wrap"})
    yield affine("one_image", TURNED, (5, 2), rows=4)
    yield affine("one_image_channels_first", TURNED, (5, 4), {"data_format": FIRST})
    yield affine("one_pixel", FAR, (1, 1, 3), {"fill_mode": "reflect"})
    yield affine("one_row", HALF, (1, 6, 1), {"fill_mode": "wrap"})
    for dtype in ("uint8", "int32"):
        yield affine(
            f"of_{dtype}", TURNED, options={"fill_value": 7.8}, dtype=dtype, high=200
        )
        yield affine(
            f"of_{dtype}_nearest", TURNED, options={"interpolation": "nearest"}, dtype=dtype
        )
    yield Case(
        "affine_by_tensors",
        lambda x, t: ops.image.affine_transform(x, 0.1 * t + UNMOVED, fill_mode="reflect"),
        shape=[IMAGE, (8,)],
    )
    yield Case(
        "affine_by_one_tensor",
        lambda x, t: ops.image.affine_transform(x, 0.1 * ops.mean(t, axis=0) + UNMOVED),
        shape=[IMAGE, (8,)],
    )
    yield Case(
        "affine_free_size",
        lambda x: ops.image.affine_transform(x, TURNED),
        shape=(None, None, 3),
        actual=(5, 9, 3),
    )


def perspective(name, shape=IMAGE, start=CORNERS, end=MOVED, options=None, **given):
    def apply(x):
        return ops.image.perspective_transform(x, start, end, **(options or {}))

    return Case(f"perspective_{name}", apply, shape=shape, **given)


def perspective_transforms():
    yield perspective("constant")
    yield perspective("nearest", options={"interpolation": "nearest", "fill_value": 0.5})
    yield perspective("back", start=MOVED, end=CORNERS, options={"fill_value": -1.5})
    yield perspective("batch_of_one", start=CORNERS[np.newaxis], end=MOVED[np.newaxis])
    yield perspective("channels_first", (2, 6, 7), options={"data_format": FIRST})
    yield perspective("one_image", (7, 2), rows=6)
    yield perspective("of_uint8", dtype="uint8", high=250)
    yield Case(
        "perspective_by_tensors",
        lambda x, p: ops.image.perspective_transform(x, 0.3 * p + CORNERS, -0.2 * p + MOVED),
        shape=[IMAGE, (4, 2)],
    )


def mapped(name, coordinates, shape=(4, 5), options=None, **given):
    def apply(x):
        places = ops.image.map_coordinates(x, coordinates, **(options or {}))
        return for_each_sample(x, places)

    return Case(f"map_coordinates_{name}", apply, shape=shape, rows=3, **given)


def maps():
    near = RANDOM.uniform([[0], [0], [0]], [[2], [3], [4]], (3, 12)).astype(np.float32)
    far = RANDOM.uniform(-11, 13, (3, 4, 5)).astype(np.float32)
    halves = np.float32([[0.5, 1.5, -0.5, 2.5], [1, 2, 0.5, 3], [0.5, 3.5, 4.5, 5]])
    for edge in ("constant", "nearest", "wrap", "reflect"):
        for order in (0, 1):
            options = {"order": order, "fill_mode": edge, "fill_value": 0.6}
            yield mapped(f"{edge}_{order}", far, options=options)
            yield mapped(f"{edge}_{order}_halves", halves, options=options)
    yield mapped("mirror", near, options={"order": 1, "fill_mode": "mirror"})
    yield mapped("nearest_mirror", near, options={"order": 0, "fill_mode": "mirror"})
    yield mapped("one_axis", far[:2, :, 0], (6,), {"order": 1})
    yield mapped("of_whole_numbers", far, dtype="int32", high=90,
                 options={"order": 1, "fill_mode": "wrap"})  # fmt: skip
    yield mapped("at_whole_numbers", np.int32([[0, 1, 2], [3, 0, 1], [4, 2, -1]]),
                 options={"order": 0, "fill_mode": "wrap"}, scale=9.0)  # fmt: skip
    yield Case(
        "map_coordinates_by_tensors",
        lambda x, y: ops.image.map_coordinates(
            x, ops.transpose(1.2 * y, (2, 0, 1)), order=1, fill_mode="wrap"
        ),
        shape=[(4, 5), (6, 3)],
    )


METHODS = (
    "linear", "bilinear", "trilinear", "cubic", "bicubic", "tricubic", "lanczos3", "lanczos5"
)  # fmt: skip


def scaled(name, method, size, scale, translation, antialias=True, dims=(1, 2), **given):
    scale, translation = np.float32(scale), np.float32(translation)

    def apply(x):
        shape = [None, *x.shape[1:]]
        for dim, length in zip(dims, size):
            shape[dim] = length
        return ops.image.scale_and_translate(
            x, tuple(shape), scale, translation, dims, method, antialias=antialias
        )

    return Case(f"scaled_{name}", apply, **({"shape": IMAGE} | given))


def scalings():
    for method in METHODS:
        yield scaled(f"up_{method}", method, (11, 9), (1.7, 1.4), (-0.6, 0.3))
        yield scaled(f"down_{method}", method, (4, 5), (0.5, 0.7), (0.4, -0.2))
        yield scaled(f"down_{method}_aliased", method, (4, 5), (0.5, 0.7), (0.4, -0.2), False)
    yield scaled("outside", "cubic", (9, 12), (0.6, 2.5), (3.0, -6.5))
    yield scaled("one_axis", "lanczos3", (5,), (0.8,), (0.1,), dims=(2,))
    yield scaled("last_axis", "linear", (5,), (2.2,), (-0.3,), dims=(-1,))
    yield scaled("other_order", "cubic", (9, 4), (1.3, 0.6), (0.2, 0.1), dims=(2, 1))
    yield scaled("volume", "linear", (3, 5, 4), (0.7, 1.2, 1), (0, 0.3, -1), dims=(1, 2, 3),
                 shape=(4, 4, 5, 2))  # fmt: skip


def alike(x, y):
    return ops.clip(0.5 + 0.2 * x, 0, 1), ops.clip(0.5 + 0.2 * x + 0.05 * y, 0, 1)


def similarities():
    image = (13, 12, 2)
    for name, shape, options in (
        ("defaults", image, {}),
        ("small_filter", (7, 5, 3), {"filter_size": 4, "filter_sigma": 0.9}),
        ("constants", image, {"k1": 0.05, "k2": 0.2, "max_val": 2.0}),
        ("channels_first", (2, 13, 12), {"data_format": FIRST}),
    ):
        yield Case(
            f"ssim_{name}",
            lambda x, y, options=options: ops.image.ssim(*alike(x, y), **options),
            shape=[shape, shape],
        )
    yield Case(
        "ssim_of_one_image",
        lambda x, y: x * ops.image.ssim(*alike(x, y), filter_size=2),
        shape=[(7, 2), (7, 2)],
        rows=6,
    )
    yield Case(
        "ssim_to_constant",
        lambda x: ops.image.ssim(0.1 * x, ops.zeros_like(x) + 0.3, filter_size=3),
        shape=(5, 5, 1),
    )


def convolve_transposed(self, inputs, kernel):
    return ops.conv_transpose(
        inputs,
        kernel,
        self.strides,
        self.padding,
        self.output_padding,
        self.data_format,
        self.dilation_rate,
    )


# The node that Keras 3.15 records swaps two arguments, and so fails where it runs.
keras.src.ops.nn.ConvTranspose.call = convolve_transposed


def transposed(name, kernel, shape, **options):
    return Case(
        f"conv_transpose_{name}", lambda x: ops.conv_transpose(x, kernel, **options), shape=shape
    )


def transposed_convolutions():
    kernel = constant(3, 2, 4, 2)
    image = (5, 4, 2)
    yield transposed("2d", kernel, image)
    yield transposed("2d_same", kernel, image, padding="same", strides=2)
    yield transposed("2d_strides", kernel, image, strides=(2, 3))
    yield transposed("2d_output_padding", kernel, image, strides=(3, 2), output_padding=(2, 1))
    yield transposed("2d_same_output_padding", kernel, image, strides=2, output_padding=1,
                     padding="same")  # fmt: skip
    yield transposed("2d_dilated", kernel, image, dilation_rate=2)
    yield transposed("2d_channels_first", kernel, (2, 5, 4), data_format=FIRST, strides=2)
    yield transposed("1d", constant(4, 3, 2), (6, 2), strides=3, padding="same")
    yield transposed("3d", constant(2, 3, 1, 2, 3), (3, 2, 4, 3), strides=(1, 2, 2))
    yield transposed("of_one_pixel", constant(1, 1, 3, 2), image, strides=2)


def equalized(name, shape=(16, 24, 3), given=None, **options):
    values = {"mean": 120.0, "scale": 60.0} | (given or {})
    return Case(f"clahe_{name}", Clahe(**options), shape=shape, **values)


def equalizations():
    small = {"tile_grid_size": (2, 3)}
    yield equalized("defaults")
    yield equalized("mirrored", (7, 11, 2), **small)
    yield equalized("more_tiles_than_pixels", (5, 6, 1))
    yield equalized("one_tile", (9, 8, 2), tile_grid_size=(1, 1), clip_limit=2)
    yield equalized("unlimited", (9, 12, 2), clip_limit=0, **small)
    yield equalized("strictly_limited", (9, 12, 2), clip_limit=0.5, **small)
    yield equalized("high_limit", (9, 12, 2), clip_limit=300.0, **small)
    yield equalized("unit_range", given={"mean": 0.5, "scale": 0.3}, value_range=(0, 1))
    yield equalized("signed_range", (9, 12, 2), {"mean": 0.0, "scale": 0.5}, value_range=(-1, 1),
                    **small)  # fmt: skip
    yield equalized("odd_range", (9, 12, 2), {"mean": 3.0, "scale": 2.0}, value_range=(0.3, 7.1),
                    **small)  # fmt: skip
    yield equalized("channels_first", (2, 9, 12), data_format=FIRST, **small)
    yield equalized("of_uint8", given={"dtype": "uint8", "high": 256})
    yield equalized("of_whole_numbers", given={"dtype": "int32", "high": 400}, **small)
    yield equalized("one_image", (9, 2), {"rows": 7}, **small)
    yield equalized("free_size", (None, None, 3), {"actual": (11, 9, 3)}, **small)
    yield Case(
        "clahe_flat",
        lambda x: Clahe(tile_grid_size=(2, 2))(77 + 0 * x) + Clahe(clip_limit=0)(0 * x) + 1,
        shape=(8, 8, 1),
    )
    yield Case(
        "clahe_in_a_network",
        lambda x: layers.Conv2D(2, 3)(Clahe(tile_grid_size=(3, 2))(x) / 255.0),
        shape=(9, 8, 3),
        mean=120.0,
        scale=60.0,
    )


CASES = [
    *affine_transforms(),
    *perspective_transforms(),
    *maps(),
    *scalings(),
    *similarities(),
    *transposed_convolutions(),
    *equalizations(),
]
