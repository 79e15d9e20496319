"""Layers of keras-hub, and small models of its architectures."""

import re

import keras
from case import Case
from hub_architectures import ARCHITECTURES, flat, inputs_for
from keras_hub import layers

ROWS = 3

# Those whose layers are keras-hub's own. Of ones that Keras cannot load again there is no case, nor of
# ones that compare the samples of a batch.
MODELS = (
    "ALBERT", "BART", "BERT", "BLOOM", "CLIP text encoder", "CLIP vision encoder", "DINOV2", "DINOV2 (SwiGLU)", "EfficientNet",
    "ESM", "F-Net", "Gemma", "Gemma 2", "Gemma 3 (text)", "GPT-2", "Mistral",
    "MobileNet", "Phi-3", "Qwen", "RoFormerV2", "SAM image encoder", "SigLIP text encoder",
    "SigLIP vision encoder", "T5", "T5 v1.0",
    "Whisper")


class HubCase(Case):
    """A model of keras-hub, on words, masks and images."""

    def inputs(self, model, random):
        return list(inputs_for(model, random, ROWS).values())


def model_case(name):
    identifier = re.sub(r"\W+", "_", name.lower()).strip("_")
    return HubCase(identifier, lambda: flat(ARCHITECTURES[name]()))


def masked_encoder(**options):
    """Padding is what the embedding says, and the encoder's attention leaves it out."""
    words = keras.Input((7,), dtype="int32", name="words")
    x = layers.TokenAndPositionEmbedding(5, 9, 6, mask_zero=True)(words)
    x = layers.TransformerEncoder(8, 2, **options)(x)
    return keras.Model(words, keras.layers.GlobalAveragePooling1D()(x))


def encoder(**options):
    def apply(x, mask):
        return layers.TransformerEncoder(8, 2, **options)(x, attention_mask=mask)

    return apply


def decoder(**options):
    def apply(x, encoded, mask):
        return layers.TransformerDecoder(8, 2, **options)(x, encoded, encoder_padding_mask=mask)

    return apply


def decoder_without_order(x):
    return layers.TransformerDecoder(8, 2)(x, use_causal_mask=False)


CASES = [
    Case("position_embedding", layers.PositionEmbedding(9), shape=(7, 6)),
    Case("rotary_embedding", layers.RotaryEmbedding(max_wavelength=50), shape=(7, 2, 6)),
    Case("rotary_embedding_scaled", layers.RotaryEmbedding(scaling_factor=2.0), shape=(7, 6)),
    Case("masked_encoder", lambda: masked_encoder(activation="gelu"), numbers=(0, 0, 1, 2, 3)),
    Case("masked_encoder_first", lambda: masked_encoder(normalize_first=True, dropout=0.2), numbers=(0, 1, 2)),
    Case("encoder_mask", encoder(), shape=[(5, 6), (5, 5)], dtype=("float32", "int32"), high=2),
    Case("decoder", decoder(), shape=[(5, 6), (4, 7), (4,)], dtype=("float32", "float32", "int32"), high=2, rows=5),
    Case(
        "decoder_first",
        decoder(normalize_first=True, dropout=0.1),
        shape=[(5, 6), (4, 7), (4,)],
        dtype=("float32", "float32", "int32"),
        high=2,
        rows=5,
    ),
    Case("decoder_without_order", decoder_without_order, shape=(5, 6)),
    *(model_case(name) for name in MODELS),
]
