"""Layers that join several tensors, with broadcasting and more than two inputs."""

from case import Case
from keras import layers

SAME = [(3, 4), (3, 4)]
FOUR = [(3, 4)] * 4
STRETCHED = [(3, 4), (1, 4)]
BOTH_STRETCHED = [(3, 1), (1, 4)]
IMAGE_AND_CHANNELS = [(3, 4, 5), (1, 1, 5)]
IMAGE_AND_MAP = [(3, 4, 5), (3, 4, 1)]
THREE_STRETCHED = [(3, 4, 5), (1, 4, 1), (3, 1, 5)]
OF_RANKS_2_AND_3 = [(4,), (3, 4)]

ELEMENTWISE = (
    ("add", layers.Add),
    ("multiply", layers.Multiply),
    ("average", layers.Average),
    ("maximum", layers.Maximum),
    ("minimum", layers.Minimum),
)

SHAPES = (
    ("two", SAME),
    ("four", FOUR),
    ("stretched", STRETCHED),
    ("both_stretched", BOTH_STRETCHED),
    ("channels", IMAGE_AND_CHANNELS),
    ("map", IMAGE_AND_MAP),
    ("three_stretched", THREE_STRETCHED),
)

CASES = [
    *[
        Case(f"{name}_{shape_name}", layer(), shape=shape)
        for name, layer in ELEMENTWISE
        for shape_name, shape in SHAPES
    ],
    Case("add_same_input_twice", lambda x: layers.Add()([x, x]), shape=(3, 4)),
    Case("add_ranks_differ", layers.Add(), shape=OF_RANKS_2_AND_3, rows=3),
    Case("subtract", layers.Subtract(), shape=SAME),
    Case("subtract_stretched", layers.Subtract(), shape=STRETCHED),
    Case("subtract_first_stretched", layers.Subtract(), shape=[(1, 4), (3, 4)]),
    Case("subtract_from_itself_doubled", lambda x: layers.Subtract()([x + x, x]), shape=(3, 4)),
    Case("concatenate_vectors", layers.Concatenate(), shape=[(3,), (5,)]),
    Case("concatenate_last", layers.Concatenate(), shape=[(3, 4, 2), (3, 4, 5)]),
    Case("concatenate_axis_1", layers.Concatenate(axis=1), shape=[(3, 4, 2), (2, 4, 2)]),
    Case("concatenate_axis_2", layers.Concatenate(axis=2), shape=[(3, 4, 2), (3, 1, 2)]),
    Case("concatenate_axis_3", layers.Concatenate(axis=3), shape=[(3, 4, 2), (3, 4, 3)]),
    Case("concatenate_axis_minus_2", layers.Concatenate(axis=-2), shape=[(3, 4, 2), (3, 2, 2)]),
    Case("concatenate_five", layers.Concatenate(), shape=[(2, 1), (2, 2), (2, 3), (2, 4), (2, 5)]),
    Case("concatenate_with_itself", lambda x: layers.Concatenate()([x, x]), shape=(3, 4)),
    Case("dot_vectors", layers.Dot(axes=1), shape=[(6,), (6,)]),
    Case("dot_normalized", layers.Dot(axes=1, normalize=True), shape=[(6,), (6,)]),
    Case("dot_matrices", layers.Dot(axes=(2, 1)), shape=[(3, 4), (4, 5)]),
    Case("dot_axes_last", layers.Dot(axes=-1), shape=[(3, 4), (5, 4)]),
    Case("dot_axes_first", layers.Dot(axes=1), shape=[(4, 3), (4, 5)]),
    Case(
        "dot_matrices_normalized", layers.Dot(axes=(2, 2), normalize=True), shape=[(3, 4), (5, 4)]
    ),
    Case("dot_matrix_and_vector", layers.Dot(axes=(2, 1)), shape=[(3, 4), (4,)]),
]
