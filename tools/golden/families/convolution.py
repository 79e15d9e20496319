"""Convolutions: plain, transposed, depthwise and separable, in one, two and three dimensions."""

from case import Case
from keras import layers

FIRST = "channels_first"

CASES = [
    # Conv1D
    Case("conv1d", layers.Conv1D(4, 3), shape=(9, 3)),
    Case("conv1d_same", layers.Conv1D(4, 4, padding="same"), shape=(9, 3)),
    Case("conv1d_same_strides", layers.Conv1D(4, 3, strides=2, padding="same"), shape=(10, 3)),
    Case("conv1d_strides", layers.Conv1D(4, 3, strides=3, use_bias=False), shape=(11, 2)),
    Case("conv1d_causal", layers.Conv1D(4, 3, padding="causal"), shape=(8, 3)),
    Case("conv1d_causal_strides", layers.Conv1D(4, 3, strides=2, padding="causal"), shape=(9, 3)),
    Case(
        "conv1d_causal_dilated",
        layers.Conv1D(4, 3, dilation_rate=2, padding="causal"),
        shape=(8, 3),
    ),
    Case("conv1d_dilated", layers.Conv1D(4, 3, dilation_rate=3), shape=(12, 3)),
    Case("conv1d_same_dilated", layers.Conv1D(4, 2, dilation_rate=2, padding="same"), shape=(9, 3)),
    Case("conv1d_groups", layers.Conv1D(6, 3, groups=2), shape=(8, 4)),
    Case("conv1d_pointwise", layers.Conv1D(5, 1, activation="relu"), shape=(6, 3)),
    Case(
        "conv1d_channels_first",
        layers.Conv1D(4, 3, padding="same", data_format=FIRST),
        shape=(3, 9),
    ),
    Case(
        "conv1d_causal_channels_first",
        layers.Conv1D(4, 3, padding="causal", data_format=FIRST),
        shape=(3, 9),
    ),
    Case(
        "conv1d_free_length",
        layers.Conv1D(4, 3, strides=2, padding="same"),
        shape=(None, 3),
        actual=(11, 3),
    ),
    # Conv2D
    Case("conv2d", layers.Conv2D(4, 3), shape=(7, 6, 3)),
    Case("conv2d_same", layers.Conv2D(4, 3, padding="same"), shape=(7, 6, 3)),
    Case("conv2d_same_even_kernel", layers.Conv2D(4, (2, 4), padding="same"), shape=(7, 6, 3)),
    Case("conv2d_same_strides", layers.Conv2D(4, 3, strides=2, padding="same"), shape=(7, 6, 3)),
    Case(
        "conv2d_same_strides_even", layers.Conv2D(4, 3, strides=2, padding="same"), shape=(8, 8, 3)
    ),
    Case("conv2d_same_kernel_over_input", layers.Conv2D(3, 5, padding="same"), shape=(2, 3, 2)),
    Case("conv2d_strides", layers.Conv2D(4, 3, strides=2), shape=(8, 7, 3)),
    Case("conv2d_strides_differ", layers.Conv2D(4, (3, 2), strides=(1, 2)), shape=(6, 7, 2)),
    Case("conv2d_strides_over_kernel", layers.Conv2D(4, 2, strides=3), shape=(9, 8, 2)),
    Case(
        "conv2d_stride_over_pointwise",
        layers.Conv2D(6, 1, strides=2, padding="same"),
        shape=(7, 6, 4),
    ),
    Case("conv2d_pointwise", layers.Conv2D(9, 1), shape=(4, 5, 7)),
    Case("conv2d_pointwise_no_bias", layers.Conv2D(16, 1, use_bias=False), shape=(3, 3, 8)),
    Case("conv2d_whole_input", layers.Conv2D(5, (4, 3)), shape=(4, 3, 2)),
    Case("conv2d_one_channel", layers.Conv2D(8, 5, padding="same"), shape=(9, 9, 1)),
    Case("conv2d_one_filter", layers.Conv2D(1, 3), shape=(6, 6, 3)),
    Case(
        "conv2d_many_filters",
        layers.Conv2D(33, 3, padding="same", activation="relu"),
        shape=(5, 5, 4),
    ),
    Case("conv2d_many_channels", layers.Conv2D(3, 3, padding="same"), shape=(4, 4, 35)),
    Case("conv2d_large_kernel", layers.Conv2D(3, 7, strides=2, padding="same"), shape=(12, 11, 3)),
    Case("conv2d_row_kernel", layers.Conv2D(4, (1, 7), padding="same"), shape=(5, 9, 2)),
    Case("conv2d_column_kernel", layers.Conv2D(4, (7, 1), padding="same"), shape=(9, 5, 2)),
    Case("conv2d_dilated", layers.Conv2D(4, 3, dilation_rate=2), shape=(8, 9, 3)),
    Case(
        "conv2d_same_dilated",
        layers.Conv2D(4, 3, dilation_rate=(2, 3), padding="same"),
        shape=(8, 9, 3),
    ),
    Case("conv2d_groups", layers.Conv2D(6, 3, groups=3, padding="same"), shape=(5, 6, 6)),
    Case("conv2d_groups_strides", layers.Conv2D(8, 3, groups=2, strides=2), shape=(7, 7, 4)),
    Case("conv2d_groups_depthwise", layers.Conv2D(4, 3, groups=4), shape=(5, 5, 4)),
    Case("conv2d_no_bias", layers.Conv2D(4, 3, use_bias=False), shape=(6, 6, 3)),
    Case("conv2d_softmax", layers.Conv2D(4, 3, activation="softmax"), shape=(5, 5, 3)),
    Case("conv2d_swish", layers.Conv2D(4, 3, padding="same", activation="swish"), shape=(5, 5, 3)),
    Case(
        "conv2d_free_size",
        layers.Conv2D(4, 3, strides=2, padding="same"),
        shape=(None, None, 3),
        actual=(9, 6, 3),
    ),
    Case("conv2d_channels_first", layers.Conv2D(4, 3, data_format=FIRST), shape=(3, 7, 8)),
    Case(
        "conv2d_channels_first_same_strides",
        layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", data_format=FIRST),
        shape=(3, 7, 6),
    ),
    Case(
        "conv2d_channels_first_groups",
        layers.Conv2D(4, 3, groups=2, data_format=FIRST),
        shape=(6, 5, 5),
    ),
    Case("conv2d_mixed_float16", layers.Conv2D(4, 3, dtype="mixed_float16"), shape=(6, 6, 3)),
    Case("conv2d_bfloat16", layers.Conv2D(4, 3, padding="same", dtype="bfloat16"), shape=(6, 6, 3)),
    # Conv3D
    Case("conv3d", layers.Conv3D(4, 2), shape=(4, 5, 4, 2)),
    Case("conv3d_same_strides", layers.Conv3D(3, 3, strides=2, padding="same"), shape=(5, 4, 6, 2)),
    Case(
        "conv3d_strides_differ", layers.Conv3D(3, (1, 2, 3), strides=(1, 2, 1)), shape=(3, 5, 6, 2)
    ),
    Case("conv3d_dilated", layers.Conv3D(3, 2, dilation_rate=2), shape=(5, 4, 6, 2)),
    Case("conv3d_groups", layers.Conv3D(4, 2, groups=2, padding="same"), shape=(3, 4, 4, 4)),
    Case(
        "conv3d_pointwise",
        layers.Conv3D(4, 1, use_bias=False, activation="relu"),
        shape=(2, 3, 3, 3),
    ),
    Case(
        "conv3d_channels_first",
        layers.Conv3D(3, 2, padding="same", data_format=FIRST),
        shape=(2, 4, 5, 4),
    ),
    # Conv1DTranspose
    Case("conv1d_transpose", layers.Conv1DTranspose(4, 3), shape=(6, 3)),
    Case("conv1d_transpose_strides", layers.Conv1DTranspose(4, 3, strides=2), shape=(5, 3)),
    Case(
        "conv1d_transpose_same",
        layers.Conv1DTranspose(4, 3, strides=2, padding="same"),
        shape=(5, 3),
    ),
    Case(
        "conv1d_transpose_stride_over_kernel", layers.Conv1DTranspose(4, 2, strides=3), shape=(4, 3)
    ),
    Case(
        "conv1d_transpose_output_padding",
        layers.Conv1DTranspose(4, 3, strides=2, padding="same", output_padding=0),
        shape=(5, 3),
    ),
    Case("conv1d_transpose_dilated", layers.Conv1DTranspose(4, 3, dilation_rate=2), shape=(5, 3)),
    Case(
        "conv1d_transpose_channels_first",
        layers.Conv1DTranspose(4, 3, strides=2, data_format=FIRST),
        shape=(3, 5),
    ),
    # Conv2DTranspose
    Case("conv2d_transpose", layers.Conv2DTranspose(4, 3), shape=(4, 5, 3)),
    Case("conv2d_transpose_strides", layers.Conv2DTranspose(4, 3, strides=2), shape=(4, 3, 3)),
    Case("conv2d_transpose_same", layers.Conv2DTranspose(4, 3, padding="same"), shape=(4, 3, 3)),
    Case(
        "conv2d_transpose_same_strides",
        layers.Conv2DTranspose(4, 3, strides=2, padding="same"),
        shape=(4, 3, 3),
    ),
    Case(
        "conv2d_transpose_same_even",
        layers.Conv2DTranspose(4, 4, strides=2, padding="same"),
        shape=(4, 3, 3),
    ),
    Case(
        "conv2d_transpose_kernel_2",
        layers.Conv2DTranspose(3, 2, strides=2, activation="relu"),
        shape=(4, 3, 5),
    ),
    Case(
        "conv2d_transpose_strides_differ",
        layers.Conv2DTranspose(4, (2, 3), strides=(3, 2)),
        shape=(3, 4, 3),
    ),
    Case(
        "conv2d_transpose_same_short_kernel",
        layers.Conv2DTranspose(4, 1, strides=2, padding="same"),
        shape=(3, 4, 3),
    ),
    Case(
        "conv2d_transpose_output_padding",
        layers.Conv2DTranspose(4, 3, strides=3, output_padding=(1, 2)),
        shape=(3, 4, 3),
    ),
    Case(
        "conv2d_transpose_same_output_padding",
        layers.Conv2DTranspose(4, 3, strides=2, padding="same", output_padding=(0, 1)),
        shape=(3, 4, 3),
    ),
    Case(
        "conv2d_transpose_dilated", layers.Conv2DTranspose(4, 3, dilation_rate=2), shape=(4, 4, 3)
    ),
    Case(
        "conv2d_transpose_same_dilated",
        layers.Conv2DTranspose(4, 3, dilation_rate=2, padding="same"),
        shape=(4, 4, 3),
    ),
    Case("conv2d_transpose_no_bias", layers.Conv2DTranspose(4, 3, use_bias=False), shape=(4, 4, 3)),
    Case(
        "conv2d_transpose_channels_first",
        layers.Conv2DTranspose(4, 3, strides=2, padding="same", data_format=FIRST),
        shape=(3, 4, 3),
    ),
    # Conv3DTranspose
    Case("conv3d_transpose", layers.Conv3DTranspose(3, 2), shape=(3, 2, 3, 2)),
    Case(
        "conv3d_transpose_same_strides",
        layers.Conv3DTranspose(3, 3, strides=2, padding="same"),
        shape=(2, 3, 2, 2),
    ),
    Case(
        "conv3d_transpose_strides_differ",
        layers.Conv3DTranspose(2, (1, 2, 3), strides=(2, 1, 2)),
        shape=(2, 3, 2, 2),
    ),
    Case(
        "conv3d_transpose_channels_first",
        layers.Conv3DTranspose(3, 2, strides=2, data_format=FIRST),
        shape=(2, 2, 3, 2),
    ),
    # DepthwiseConv1D and 2D
    Case("depthwise_conv1d", layers.DepthwiseConv1D(3), shape=(8, 4)),
    Case(
        "depthwise_conv1d_same_strides",
        layers.DepthwiseConv1D(3, strides=2, padding="same"),
        shape=(9, 4),
    ),
    Case(
        "depthwise_conv1d_multiplier", layers.DepthwiseConv1D(2, depth_multiplier=3), shape=(7, 2)
    ),
    Case(
        "depthwise_conv1d_dilated",
        layers.DepthwiseConv1D(3, dilation_rate=2, use_bias=False),
        shape=(9, 3),
    ),
    Case(
        "depthwise_conv1d_channels_first",
        layers.DepthwiseConv1D(3, data_format=FIRST),
        shape=(4, 8),
    ),
    Case("depthwise_conv2d", layers.DepthwiseConv2D(3), shape=(6, 7, 4)),
    Case("depthwise_conv2d_same", layers.DepthwiseConv2D(3, padding="same"), shape=(6, 7, 5)),
    Case(
        "depthwise_conv2d_same_strides",
        layers.DepthwiseConv2D(3, strides=2, padding="same"),
        shape=(7, 8, 4),
    ),
    Case("depthwise_conv2d_strides", layers.DepthwiseConv2D(3, strides=2), shape=(8, 7, 4)),
    Case(
        "depthwise_conv2d_multiplier",
        layers.DepthwiseConv2D(3, depth_multiplier=2),
        shape=(5, 6, 3),
    ),
    Case(
        "depthwise_conv2d_multiplier_one_channel",
        layers.DepthwiseConv2D(3, depth_multiplier=4),
        shape=(5, 6, 1),
    ),
    Case(
        "depthwise_conv2d_large_kernel", layers.DepthwiseConv2D(7, padding="same"), shape=(9, 8, 3)
    ),
    Case(
        "depthwise_conv2d_kernel_differs",
        layers.DepthwiseConv2D((2, 5), padding="same"),
        shape=(6, 7, 3),
    ),
    Case("depthwise_conv2d_dilated", layers.DepthwiseConv2D(3, dilation_rate=2), shape=(7, 8, 3)),
    Case(
        "depthwise_conv2d_same_dilated",
        layers.DepthwiseConv2D(3, dilation_rate=2, padding="same"),
        shape=(7, 8, 3),
    ),
    Case(
        "depthwise_conv2d_strides_dilated",
        layers.DepthwiseConv2D(3, strides=2, dilation_rate=2, padding="same"),
        shape=(9, 8, 3),
    ),
    Case(
        "depthwise_conv2d_no_bias",
        layers.DepthwiseConv2D(3, use_bias=False, activation="relu6"),
        shape=(5, 5, 4),
    ),
    Case(
        "depthwise_conv2d_many_channels",
        layers.DepthwiseConv2D(3, padding="same"),
        shape=(4, 5, 37),
    ),
    Case(
        "depthwise_conv2d_channels_first",
        layers.DepthwiseConv2D(3, padding="same", data_format=FIRST),
        shape=(4, 6, 5),
    ),
    # SeparableConv1D and 2D
    Case("separable_conv1d", layers.SeparableConv1D(4, 3), shape=(8, 3)),
    Case(
        "separable_conv1d_same_strides",
        layers.SeparableConv1D(4, 3, strides=2, padding="same"),
        shape=(9, 3),
    ),
    Case(
        "separable_conv1d_multiplier",
        layers.SeparableConv1D(4, 3, depth_multiplier=2),
        shape=(8, 3),
    ),
    Case("separable_conv1d_dilated", layers.SeparableConv1D(4, 3, dilation_rate=2), shape=(8, 3)),
    Case("separable_conv2d", layers.SeparableConv2D(5, 3), shape=(6, 7, 3)),
    Case(
        "separable_conv2d_same",
        layers.SeparableConv2D(5, 3, padding="same", activation="relu"),
        shape=(6, 7, 3),
    ),
    Case(
        "separable_conv2d_same_strides",
        layers.SeparableConv2D(5, 3, strides=2, padding="same"),
        shape=(7, 7, 3),
    ),
    Case(
        "separable_conv2d_multiplier",
        layers.SeparableConv2D(4, 3, depth_multiplier=3),
        shape=(5, 6, 2),
    ),
    Case(
        "separable_conv2d_dilated",
        layers.SeparableConv2D(4, 3, dilation_rate=2, padding="same"),
        shape=(7, 7, 3),
    ),
    Case("separable_conv2d_no_bias", layers.SeparableConv2D(4, 5, use_bias=False), shape=(7, 7, 3)),
    Case(
        "separable_conv2d_channels_first",
        layers.SeparableConv2D(4, 3, padding="same", data_format=FIRST),
        shape=(3, 6, 5),
    ),
]
