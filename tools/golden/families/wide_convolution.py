"""3x3 convolutions of enough channels and pixels for an algorithm of fewer multiplications."""

from case import Case
from keras import Input, Model, layers


def residual_block():
    image = x = Input((14, 15, 32))
    for _ in range(2):
        x = layers.Conv2D(32, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU(max_value=6)(x)
    x = layers.Add()([x, image])
    x = layers.ZeroPadding2D(((0, 1), (2, 1)))(x)
    x = layers.Conv2D(48, 3, activation="silu")(x)
    x = layers.MaxPooling2D(2)(x)
    return Model(image, layers.Conv2D(5, 1)(layers.Conv2D(32, 3, padding="same")(x)))


CASES = [
    Case("wide_same", layers.Conv2D(48, 3, padding="same", activation="relu"), (14, 15, 32), rows=2),
    Case("wide_valid", layers.Conv2D(32, 3, use_bias=False), (17, 14, 48), rows=1),
    Case(
        "wide_channels_first",
        layers.Conv2D(32, 3, padding="same", data_format="channels_first"),
        (32, 13, 12),
        rows=1,
    ),
    Case(
        "wide_free_size",
        layers.Conv2D(32, 3, padding="same"),
        (None, None, 32),
        actual=(15, 12, 32),
        rows=1,
    ),
    Case("wide_residual_block", residual_block, rows=2),
]
