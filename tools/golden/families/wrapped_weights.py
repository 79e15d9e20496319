"""Weights that a layer keeps in a form of its own: normalised, low-rank, quantised, read backwards."""

import keras
import numpy as np
from case import Case
from keras import Input, Model, layers
from weights import randomise

INT8 = {"mode": "int8"}


def spectral(layer, **arguments):
    return layers.SpectralNormalization(layer, **arguments)


def there_and_back(**arguments):
    """Of 9 tokens to vectors, and to scores of tokens."""

    def apply(identifiers):
        embedding = layers.ReversibleEmbedding(9, 5, **arguments)
        x = layers.Dense(5)(embedding(identifiers))
        return embedding(x, reverse=True)

    return apply


def reversible_case(name, **arguments):
    return Case(
        f"reversible_embedding{name}",
        there_and_back(**arguments),
        shape=(4,),
        dtype="int32",
        high=9,
    )


def reversible_mask(identifiers):
    return layers.LSTM(3)(layers.ReversibleEmbedding(4, 5, mask_zero=True)(identifiers))


def reverse_only(x):
    return layers.ReversibleEmbedding(9, 5)(x, reverse=True)


def quantised(*parts, shape, dtype="float32", mode=INT8):
    """Weights random before they are quantised: what a file has must be what Keras makes."""

    def build():
        x = inputs = Input(shape, dtype=dtype)
        for part in parts:
            x = type(part).from_config(part.get_config())(x)
        model = Model(inputs, x)
        randomise(model, np.random.default_rng(7))
        model.quantize(**mode)
        return model

    return build


def quantised_case(name, *parts, shape, **arguments):
    build = quantised(*parts, shape=shape, **arguments)
    return QuantisedCase(f"int8_{name}", build, tolerance=1e-5, high=9)


def int4_case(name, *parts, shape, block_size=128, **arguments):
    build = quantised(*parts, shape=shape, mode=int4(block_size), **arguments)
    return QuantisedCase(f"int4_{name}", build, tolerance=1e-5, high=9)


def int4(block_size):
    return {"config": keras.quantizers.Int4QuantizationConfig(block_size=block_size)}


def with_inputs(config, **quantiser):
    """Per channel, with inputs quantised too."""
    quantise = keras.quantizers.AbsMaxQuantizer(**quantiser)
    arguments = {"block_size": None} if config is keras.quantizers.Int4QuantizationConfig else {}
    return {"config": config(activation_quantizer=quantise, **arguments)}


INT4_INPUTS = with_inputs(keras.quantizers.Int4QuantizationConfig)
COARSE_INPUTS = with_inputs(
    keras.quantizers.Int4QuantizationConfig, value_range=(-30, 25), epsilon=0.01
)
INT8_COARSE_INPUTS = with_inputs(keras.quantizers.Int8QuantizationConfig, value_range=(-128, 100))
INT8_WEIGHTS = {"config": keras.quantizers.Int8QuantizationConfig(activation_quantizer=None)}


def mode_case(name, mode, *parts, shape, **arguments):
    build = quantised(*parts, shape=shape, mode=mode, **arguments)
    return QuantisedCase(name, build, tolerance=1e-5, high=9)


class QuantisedCase(Case):
    """Its weights are random already."""

    randomised = False


def quantised_there_and_back(mode=INT8, **arguments):
    def build():
        identifiers = Input((4,), dtype="int32")
        model = Model(identifiers, there_and_back(**arguments)(identifiers))
        randomise(model, np.random.default_rng(8))
        model.quantize(**mode)
        return model

    return build


CASES = [
    Case("spectral_dense", spectral(layers.Dense(4)), shape=(6,)),
    Case("spectral_dense_no_bias", spectral(layers.Dense(4, use_bias=False)), shape=(6,)),
    Case(
        "spectral_convolution", spectral(layers.Conv2D(4, 3), power_iterations=2), shape=(6, 5, 3)
    ),
    Case("spectral_embedding", spectral(layers.Embedding(8, 4)), shape=(3,), dtype="int32", high=8),
    Case("spectral_legacy_file", spectral(layers.Dense(4)), shape=(6,), file="model.h5"),
    reversible_case(""),
    reversible_case("_untied", tie_weights=False),
    reversible_case("_capped", logit_soft_cap=0.7),
    reversible_case("_capped_untied", logit_soft_cap=1.5, tie_weights=False),
    reversible_case("_reverse_dtype", reverse_dtype="float32"),
    Case("reversible_embedding_mask", reversible_mask, shape=(4,), dtype="int32", high=4, rows=5),
    Case("reversible_embedding_backwards", reverse_only, shape=(3, 5)),
    Case("lora_dense", layers.Dense(4, lora_rank=2), shape=(6,)),
    Case("lora_dense_alpha", layers.Dense(4, lora_rank=2, lora_alpha=3), shape=(6,)),
    Case(
        "lora_einsum_dense",
        layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", lora_rank=2),
        shape=(4, 6),
    ),
    Case("lora_embedding", layers.Embedding(8, 4, lora_rank=2), shape=(3,), dtype="int32", high=8),
    Case("lora_convolution", layers.Conv2D(4, 3, lora_rank=2), shape=(6, 5, 3)),
    quantised_case("dense", layers.Dense(4, activation="relu"), shape=(6,)),
    quantised_case("dense_no_bias", layers.Dense(7, use_bias=False), shape=(5, 33)),
    quantised_case("dense_twice", layers.Dense(9, activation="tanh"), layers.Dense(3), shape=(40,)),
    quantised_case(
        "einsum_dense",
        layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", activation="gelu"),
        shape=(4, 6),
    ),
    quantised_case(
        "einsum_dense_two_inner",
        layers.EinsumDense("abcd,cde->abe", (None, 5), bias_axes="e"),
        shape=(4, 3, 2),
    ),
    quantised_case(
        "einsum_dense_turned",
        layers.EinsumDense("abc,cd->adb", (5, None)),
        shape=(4, 6),
    ),
    quantised_case(
        "einsum_dense_groups",
        layers.EinsumDense("abc,bcd->abd", (4, 5), bias_axes="d"),
        shape=(4, 6),
    ),
    quantised_case("embedding", layers.Embedding(9, 5), shape=(4,), dtype="int32"),
    QuantisedCase("int8_reversible", quantised_there_and_back(), tolerance=1e-5, high=9),
    QuantisedCase(
        "int8_reversible_untied",
        quantised_there_and_back(tie_weights=False, logit_soft_cap=2.0),
        tolerance=1e-5,
        high=9,
    ),
    int4_case("dense", layers.Dense(4, activation="relu"), shape=(6,)),
    int4_case("dense_blocks", layers.Dense(7), layers.Dense(5), shape=(40,), block_size=16),
    int4_case("dense_channels", layers.Dense(5, use_bias=False), shape=(3, 33), block_size=-1),
    int4_case(
        "einsum_dense",
        layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", activation="gelu"),
        shape=(4, 6),
    ),
    int4_case(
        "einsum_dense_two_inner",
        layers.EinsumDense("abcd,cde->abe", (None, 5), bias_axes="e"),
        shape=(4, 3, 9),
        block_size=8,
    ),
    int4_case(
        "einsum_dense_channels",
        layers.EinsumDense("abc,cd->adb", (5, None)),
        shape=(4, 6),
        block_size=-1,
    ),
    int4_case("embedding", layers.Embedding(9, 5), shape=(4,), dtype="int32"),
    int4_case("embedding_blocks", layers.Embedding(9, 21), shape=(4,), dtype="int32", block_size=8),
    int4_case("embedding_channels", layers.Embedding(9, 6), shape=(4,), dtype="int32", block_size=-1),
    *[
        QuantisedCase(
            f"int4_reversible{name}",
            quantised_there_and_back(mode, **arguments),
            tolerance=1e-5,
            high=9,
        )
        for name, mode, arguments in (
            ("", int4(128), {}),
            ("_channels", int4(-1), {}),
            ("_untied", int4(4), {"tie_weights": False}),
            ("_untied_channels", int4(-1), {"tie_weights": False}),
            ("_default", {"mode": "int4"}, {}),
            ("_default_untied", {"mode": "int4"}, {"tie_weights": False, "logit_soft_cap": 2.0}),
            ("_inputs", INT4_INPUTS, {}),
            ("_inputs_untied", COARSE_INPUTS, {"tie_weights": False}),
        )
    ],
    mode_case("int4_inputs_dense", INT4_INPUTS, layers.Dense(4, activation="relu"), shape=(6,)),
    mode_case("int4_inputs_dense_coarse", COARSE_INPUTS, layers.Dense(7, use_bias=False), shape=(5, 33)),
    mode_case("int4_inputs_dense_twice", INT4_INPUTS, layers.Dense(9), layers.Dense(3), shape=(40,)),
    mode_case(
        "int4_inputs_einsum_dense",
        INT4_INPUTS,
        layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", activation="gelu"),
        shape=(4, 6),
    ),
    mode_case(
        "int4_inputs_einsum_dense_two_inner",
        COARSE_INPUTS,
        layers.EinsumDense("abcd,cde->abe", (None, 5), bias_axes="e"),
        shape=(4, 3, 9),
    ),
    mode_case(
        "int4_inputs_einsum_dense_groups",
        INT4_INPUTS,
        layers.EinsumDense("abc,bcd->abd", (4, 5), bias_axes="d"),
        shape=(4, 6),
    ),
    mode_case(
        "int4_inputs_embedding", INT4_INPUTS, layers.Embedding(9, 5), shape=(4,), dtype="int32"
    ),
    mode_case("int8_weights_dense", INT8_WEIGHTS, layers.Dense(7), shape=(33,)),
    mode_case("int8_coarse_inputs_dense", INT8_COARSE_INPUTS, layers.Dense(7), shape=(33,)),
    mode_case(
        "int8_weights_einsum_dense",
        INT8_WEIGHTS,
        layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"),
        shape=(4, 6),
    ),
    QuantisedCase(
        "int8_reversible_weights", quantised_there_and_back(INT8_WEIGHTS), tolerance=1e-5, high=9
    ),
    Case("lora_dense_legacy", layers.Dense(4, lora_rank=2, lora_alpha=3), shape=(6,), file="model.h5"),
    Case("lora_dense_no_bias_legacy", layers.Dense(4, use_bias=False, lora_rank=2), shape=(6,),
         file="model.h5"),
    Case(
        "lora_embedding_legacy",
        layers.Embedding(8, 4, lora_rank=2),
        shape=(3,),
        dtype="int32",
        high=8,
        file="model.h5",
    ),
    Case("lora_convolution_legacy", layers.Conv2D(4, 3, lora_rank=2), shape=(6, 5, 3), file="model.h5"),
]
