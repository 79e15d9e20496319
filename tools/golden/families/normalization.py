"""Batch, layer, group, unit and root-mean-square normalization."""

from case import Case
from keras import layers

CASES = [
    Case("batch_normalization", layers.BatchNormalization(), shape=(6,)),
    Case("batch_normalization_image", layers.BatchNormalization(), shape=(4, 5, 3)),
    Case("batch_normalization_sequence", layers.BatchNormalization(), shape=(7, 3)),
    Case("batch_normalization_volume", layers.BatchNormalization(), shape=(2, 3, 4, 3)),
    Case("batch_normalization_no_scale", layers.BatchNormalization(scale=False), shape=(3, 4, 5)),
    Case("batch_normalization_no_center", layers.BatchNormalization(center=False), shape=(3, 4, 5)),
    Case(
        "batch_normalization_neither",
        layers.BatchNormalization(center=False, scale=False),
        shape=(3, 4, 5),
    ),
    Case("batch_normalization_axis_1", layers.BatchNormalization(axis=1), shape=(3, 4, 5)),
    Case("batch_normalization_axis_2", layers.BatchNormalization(axis=2), shape=(3, 4, 5)),
    Case("batch_normalization_axis_minus_2", layers.BatchNormalization(axis=-2), shape=(3, 4, 5)),
    Case("batch_normalization_epsilon", layers.BatchNormalization(epsilon=0.3), shape=(3, 4, 5)),
    Case("batch_normalization_one_channel", layers.BatchNormalization(), shape=(4, 4, 1)),
    Case("batch_normalization_far_mean", layers.BatchNormalization(), shape=(8,), mean=40.0),
    Case(
        "batch_normalization_mixed_float16",
        layers.BatchNormalization(dtype="mixed_float16"),
        shape=(3, 4, 5),
    ),
    Case(
        "batch_normalization_bfloat16", layers.BatchNormalization(dtype="bfloat16"), shape=(3, 4, 5)
    ),
    Case(
        "batch_normalization_free_size",
        layers.BatchNormalization(),
        shape=(None, None, 3),
        actual=(4, 3, 3),
    ),
    Case("layer_normalization", layers.LayerNormalization(), shape=(6,)),
    Case("layer_normalization_sequence", layers.LayerNormalization(), shape=(5, 7)),
    Case("layer_normalization_image", layers.LayerNormalization(), shape=(3, 4, 5)),
    Case("layer_normalization_axis_1", layers.LayerNormalization(axis=1), shape=(3, 4, 5)),
    Case("layer_normalization_two_axes", layers.LayerNormalization(axis=[2, 3]), shape=(3, 4, 5)),
    Case(
        "layer_normalization_all_axes", layers.LayerNormalization(axis=[1, 2, 3]), shape=(3, 4, 5)
    ),
    Case(
        "layer_normalization_distant_axes", layers.LayerNormalization(axis=[1, 3]), shape=(3, 4, 5)
    ),
    Case("layer_normalization_axes_minus", layers.LayerNormalization(axis=[-2, -1]), shape=(3, 4)),
    Case("layer_normalization_no_scale", layers.LayerNormalization(scale=False), shape=(3, 6)),
    Case("layer_normalization_no_center", layers.LayerNormalization(center=False), shape=(3, 6)),
    Case(
        "layer_normalization_neither",
        layers.LayerNormalization(center=False, scale=False),
        shape=(3, 6),
    ),
    Case("layer_normalization_epsilon", layers.LayerNormalization(epsilon=1e-6), shape=(3, 6)),
    Case("layer_normalization_far_mean", layers.LayerNormalization(), shape=(12,), mean=20.0),
    Case("layer_normalization_bfloat16", layers.LayerNormalization(dtype="bfloat16"), shape=(3, 6)),
    Case("group_normalization", layers.GroupNormalization(2), shape=(4, 5, 6)),
    Case("group_normalization_vector", layers.GroupNormalization(4), shape=(8,)),
    Case("group_normalization_sequence", layers.GroupNormalization(3), shape=(5, 6)),
    Case("group_normalization_one_group", layers.GroupNormalization(1), shape=(4, 5, 6)),
    Case("group_normalization_instance", layers.GroupNormalization(-1), shape=(4, 5, 3)),
    Case("group_normalization_axis_1", layers.GroupNormalization(2, axis=1), shape=(4, 5, 3)),
    Case("group_normalization_axis_2", layers.GroupNormalization(5, axis=2), shape=(4, 5, 3)),
    Case(
        "group_normalization_no_scale", layers.GroupNormalization(2, scale=False), shape=(3, 3, 4)
    ),
    Case("group_normalization_no_center", layers.GroupNormalization(2, center=False), shape=(3, 4)),
    Case("group_normalization_epsilon", layers.GroupNormalization(2, epsilon=0.1), shape=(3, 3, 4)),
    Case("unit_normalization", layers.UnitNormalization(), shape=(6,)),
    Case("unit_normalization_image", layers.UnitNormalization(), shape=(3, 4, 5)),
    Case("unit_normalization_axis_1", layers.UnitNormalization(axis=1), shape=(3, 4, 5)),
    Case("unit_normalization_two_axes", layers.UnitNormalization(axis=[1, 2]), shape=(3, 4, 5)),
    Case("unit_normalization_tiny", layers.UnitNormalization(), shape=(6,), scale=1e-5),
    Case("rms_normalization", layers.RMSNormalization(), shape=(6,)),
    Case("rms_normalization_sequence", layers.RMSNormalization(), shape=(4, 7)),
    Case("rms_normalization_two_axes", layers.RMSNormalization(axis=[1, 2]), shape=(4, 5)),
    Case("rms_normalization_axis_1", layers.RMSNormalization(axis=1), shape=(4, 4)),
    Case("rms_normalization_axis_1_of_image", layers.RMSNormalization(axis=1), shape=(5, 3, 5)),
    Case("rms_normalization_outer_axes", layers.RMSNormalization(axis=[1, 2]), shape=(4, 4, 4)),
    Case("rms_normalization_epsilon", layers.RMSNormalization(epsilon=0.2), shape=(3, 6)),
]
