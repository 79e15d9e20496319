"""The benchmark's models, built with real Keras. Weights are random, from one seed."""
import numpy as np

import keras
from keras import layers, ops

from common.rows import SEED, VOCABULARY, make_rows
from common.weights import randomize

CALIBRATION_ROWS = 16
IMAGE = (224, 224, 3)
TOKENS = 128


def application(build):
    return lambda: build(weights=None)


def double_convolution(x, channels):
    for _ in range(2):
        x = layers.Conv2D(channels, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    return x


def unet():
    image = keras.Input((128, 128, 3), name="image")
    x, skips = image, []
    for channels in (32, 64, 128):
        x = double_convolution(x, channels)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = double_convolution(x, 256)
    for skip in reversed(skips):
        x = layers.Conv2DTranspose(skip.shape[-1], 2, strides=2)(x)
        x = double_convolution(layers.Concatenate()([x, skip]), skip.shape[-1])
    mask = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(x)
    return keras.Model(image, mask, name="unet")


def attention(x, width, heads):
    """Self-attention from its parts, for runtimes without MultiHeadAttention."""
    size = width // heads
    query, key, value = (
        layers.EinsumDense("abc,cde->abde", (None, heads, size), bias_axes="de")(x)
        for _ in range(3))
    scores = ops.einsum("aqhd,akhd->ahqk", query, key) * size**-0.5
    mixed = ops.einsum("ahqk,akhd->aqhd", ops.softmax(scores), value)
    return layers.EinsumDense("abhd,hdc->abc", (None, width), bias_axes="c")(mixed)


def encoder(blocks=4, width=256, heads=4):
    tokens = keras.Input((TOKENS,), dtype="int32", name="tokens")
    # The same for every row. Not a sum: Keras makes that a BiasAdd of integers, which LiteRT lacks.
    positions = ops.maximum(tokens * 0, np.arange(TOKENS, dtype="int32"))
    x = layers.Embedding(VOCABULARY, width)(tokens) + layers.Embedding(TOKENS, width)(positions)
    for _ in range(blocks):
        x = x + attention(layers.LayerNormalization()(x), width, heads)
        y = layers.Dense(4 * width)(layers.LayerNormalization()(x))
        # By tanh: the exact one is exported as Erfc, which ONNX does not have.
        x = x + layers.Dense(width)(ops.gelu(y, approximate=True))
    pooled = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))
    return keras.Model(tokens, layers.Dense(10, name="classes")(pooled), name="encoder")


def dense():
    return keras.Sequential([keras.Input((10,), name="features"),
                             layers.Dense(128, activation="relu"), layers.Dense(1)], name="dense")


def mlp():
    return keras.Sequential(
        [keras.Input((784,), name="pixels"), layers.Dense(512, activation="relu"),
         layers.Dense(512, activation="relu"), layers.Dense(10, activation="softmax")], name="mlp")


def dilated(channels=64):
    """Causal convolutions, each of which sees twice as far as the one before, with shortcuts."""
    signal = keras.Input((1024, 16), name="signal")
    x = layers.Conv1D(channels, 1)(signal)
    for dilation in (1, 2, 4, 8, 16, 32, 64, 128):
        y = layers.Conv1D(channels, 3, padding="causal", dilation_rate=dilation,
                          activation="relu")(x)
        x = x + layers.Conv1D(channels, 1)(y)
    return keras.Model(signal, layers.Conv1D(1, 1, name="forecast")(x), name="dilated")


def lstm():
    series = keras.Input((128, 64), name="series")
    x = layers.LSTM(128)(layers.LSTM(256, return_sequences=True)(series))
    return keras.Model(series, layers.Dense(10, name="classes")(x), name="lstm")


def gru():
    tokens = keras.Input((TOKENS,), dtype="int32", name="tokens")
    x = layers.Bidirectional(layers.GRU(128))(layers.Embedding(VOCABULARY, 128)(tokens))
    return keras.Model(tokens, layers.Dense(10, name="classes")(x), name="gru")


def small():
    return keras.Sequential([keras.Input((16,), name="features"),
                             layers.Dense(128, activation="relu"), layers.Dense(1)], name="small")


def any_length():
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = layers.Embedding(VOCABULARY, 64)(tokens)
    for _ in range(2):
        x = layers.Conv1D(64, 5, padding="same", activation="relu")(x)
    return keras.Model(tokens, layers.Dense(10)(layers.GlobalMaxPooling1D()(x)), name="any_length")


def any_size():
    image = keras.Input((None, None, 3), name="image")
    x = image
    for channels in (16, 32, 64):
        x = layers.Conv2D(channels, 3, strides=2, padding="same", activation="relu")(x)
    return keras.Model(image, layers.Conv2D(4, 1, name="map")(x), name="any_size")


BUILDERS = {
    "Dense": dense,
    "MLP": mlp,
    "ResNet50": application(keras.applications.ResNet50),
    "VGG16": application(keras.applications.VGG16),
    "MobileNetV2": application(keras.applications.MobileNetV2),
    "EfficientNetB0": application(keras.applications.EfficientNetB0),
    "DenseNet121": application(keras.applications.DenseNet121),
    "ConvNeXtTiny": application(keras.applications.ConvNeXtTiny),
    "UNet": unet,
    "Dilated": dilated,
    "LSTM": lstm,
    "GRU": gru,
    "Encoder": encoder,
    "Small": small,
    "AnyLength": any_length,
    "AnySize": any_size,
}


def build(name):
    """With weights that make answers worth comparing: finite, and different for different rows."""
    keras.utils.set_random_seed(SEED)
    model = BUILDERS[name]()
    randomize(model, rows_for(model, CALIBRATION_ROWS).astype(model.inputs[0].dtype), SEED)
    return model


def rows_for(model, count):
    given = model.inputs[0]
    return make_rows(given.shape[1:], given.dtype, count)
