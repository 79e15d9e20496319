"""Maximum, average, global and adaptive pooling in one, two and three dimensions."""

from case import Case
from keras import layers

FIRST = "channels_first"

# The same windows for the maximum and the average. Even and odd sizes, strides below and above the
# window; the average must not count padding.
WINDOWS = (
    ("two", {"pool_size": 2}, 7),
    ("overlapping", {"pool_size": 3, "strides": 2}, 7),
    ("strides_over_pool", {"pool_size": 2, "strides": 3}, 8),
    ("same", {"pool_size": 3, "strides": 2, "padding": "same"}, 8),
    ("same_stride_1", {"pool_size": 2, "strides": 1, "padding": "same"}, 5),
    ("same_large", {"pool_size": 5, "strides": 3, "padding": "same"}, 7),
)
SMALLER_3D = {7: (5, 4, 5), 8: (5, 6, 4), 5: (3, 4, 3)}


def window_cases(name, layer, sample_shape):
    return [
        Case(f"{name}_{window}", layer(**options), shape=sample_shape(size))
        for window, options, size in WINDOWS
    ]


def sequence(size):
    return (size, 3)


def image(size):
    return (size, size - 1, 3)


def volume(size):
    return (*SMALLER_3D[size], 2)


GLOBAL = (
    ("global_average_pooling1d", layers.GlobalAveragePooling1D, (6, 3)),
    ("global_average_pooling2d", layers.GlobalAveragePooling2D, (4, 5, 3)),
    ("global_average_pooling3d", layers.GlobalAveragePooling3D, (2, 3, 4, 3)),
    ("global_max_pooling1d", layers.GlobalMaxPooling1D, (6, 3)),
    ("global_max_pooling2d", layers.GlobalMaxPooling2D, (4, 5, 3)),
    ("global_max_pooling3d", layers.GlobalMaxPooling3D, (2, 3, 4, 3)),
)

ADAPTIVE = (
    ("adaptive_average_pooling1d", layers.AdaptiveAveragePooling1D, (7, 3), (1, 3, 7)),
    ("adaptive_max_pooling1d", layers.AdaptiveMaxPooling1D, (7, 3), (1, 3, 7)),
    ("adaptive_average_pooling2d", layers.AdaptiveAveragePooling2D, (7, 5, 3), (1, 3, (4, 2))),
    ("adaptive_max_pooling2d", layers.AdaptiveMaxPooling2D, (7, 5, 3), (1, 3, (4, 2))),
    (
        "adaptive_average_pooling3d",
        layers.AdaptiveAveragePooling3D,
        (4, 5, 3, 2),
        (1, 2, (3, 2, 1)),
    ),
    ("adaptive_max_pooling3d", layers.AdaptiveMaxPooling3D, (4, 5, 3, 2), (1, 2, (3, 2, 1))),
)


def channels_first(shape):
    return (shape[-1], *shape[:-1])


CASES = [
    *window_cases("max_pooling1d", layers.MaxPooling1D, sequence),
    *window_cases("average_pooling1d", layers.AveragePooling1D, sequence),
    *window_cases("max_pooling2d", layers.MaxPooling2D, image),
    *window_cases("average_pooling2d", layers.AveragePooling2D, image),
    *window_cases("max_pooling3d", layers.MaxPooling3D, volume),
    *window_cases("average_pooling3d", layers.AveragePooling3D, volume),
    Case("max_pooling1d_channels_first", layers.MaxPooling1D(data_format=FIRST), shape=(3, 7)),
    Case("max_pooling2d_channels_first", layers.MaxPooling2D(data_format=FIRST), shape=(3, 7, 6)),
    Case(
        "average_pooling2d_channels_first",
        layers.AveragePooling2D(3, strides=2, padding="same", data_format=FIRST),
        shape=(3, 7, 6),
    ),
    Case(
        "max_pooling3d_channels_first", layers.MaxPooling3D(data_format=FIRST), shape=(2, 4, 5, 4)
    ),
    Case("max_pooling2d_size_differs", layers.MaxPooling2D((2, 3)), shape=(6, 7, 3)),
    Case(
        "average_pooling2d_strides_differ",
        layers.AveragePooling2D((3, 2), strides=(1, 2), padding="same"),
        shape=(5, 7, 3),
    ),
    Case(
        "max_pooling2d_all_negative",
        layers.MaxPooling2D(3, padding="same"),
        shape=(4, 4, 3),
        mean=-9.0,
    ),
    Case("max_pooling2d_many_channels", layers.MaxPooling2D(3, strides=2), shape=(5, 5, 37)),
    Case("average_pooling2d_whole_image", layers.AveragePooling2D(4), shape=(4, 4, 5)),
    Case("max_pooling2d_free_size", layers.MaxPooling2D(), shape=(None, None, 3), actual=(5, 6, 3)),
    *[Case(name, layer(), shape=shape) for name, layer, shape in GLOBAL],
    *[Case(f"{name}_keepdims", layer(keepdims=True), shape=shape) for name, layer, shape in GLOBAL],
    *[
        Case(f"{name}_channels_first", layer(data_format=FIRST), shape=channels_first(shape))
        for name, layer, shape in GLOBAL
    ],
    Case(
        "global_average_pooling2d_free_size",
        layers.GlobalAveragePooling2D(),
        shape=(None, None, 3),
        actual=(5, 2, 3),
    ),
    *[
        Case(f"{name}_to_{index}", layer(size), shape=shape)
        for name, layer, shape, sizes in ADAPTIVE
        for index, size in enumerate(sizes)
    ],
    *[
        Case(
            f"{name}_channels_first",
            layer(sizes[1], data_format=FIRST),
            shape=channels_first(shape),
        )
        for name, layer, shape, sizes in ADAPTIVE
    ],
]
