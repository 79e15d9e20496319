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
    "ALBERT", "BART", "BERT", "BLOOM", "CLIP text encoder", "CLIP vision encoder", "Depth Anything", "DINOV2",
    "DINOV2 (SwiGLU)", "EfficientNet", "ESM", "F-Net", "Gemma", "Gemma 2", "Gemma 3 (text)", "GPT-2", "GPT-OSS",
    "Mistral", "Mixtral", "MobileNet", "PaliGemma", "Phi-3", "Qwen", "Qwen 3 MoE", "Qwen MoE (window)", "RoFormerV2",
    "SAM (points)", "SAM image encoder", "SigLIP text encoder", "SigLIP vision encoder", "T5", "T5 v1.0", "T5Gemma",
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


def masked_words(**options):
    def apply(x, places):
        return layers.MaskedLMHead(9, **options)(x, places)

    return apply


def cached_attention(x, y, mask):
    return layers.CachedMultiHeadAttention(2, 3)(x, y, attention_mask=mask)


def tied_embedding():
    """Words in, and scores of all words out, by one table."""
    words = keras.Input((7,), dtype="int32", name="words")
    table = layers.ReversibleEmbedding(5, 6)
    return keras.Model(words, table(keras.ops.tanh(table(words)), reverse=True))


CASES = [
    Case("alibi_bias", layers.AlibiBias(), shape=(3, 4, 5)),
    Case("alibi_bias_maximum", layers.AlibiBias(alibi_bias_max=5), shape=(4, 3, 3)),
    Case("sine_position_encoding", layers.SinePositionEncoding(), shape=(7, 6)),
    Case("sine_position_encoding_short", layers.SinePositionEncoding(max_wavelength=30), shape=(9, 5)),
    Case(
        "masked_lm_head", masked_words(intermediate_activation="gelu", activation="softmax"), shape=[(7, 6), (3,)],
        dtype=("float32", "int32"), high=7),
    Case("masked_lm_head_plain", masked_words(layer_norm_epsilon=0.1), shape=[(5, 4), (2,)], dtype=("float32", "int32"), high=5),
    Case(
        "cached_attention", cached_attention, shape=[(5, 6), (4, 7), (5, 4)], dtype=("float32", "float32", "int32"), high=2,
        rows=5),
    Case("tied_embedding", tied_embedding, numbers=(0, 1, 2, 3, 4)),
    Case("rotary_embedding_dynamic", layers.RotaryEmbedding(rope_type="dynamic", scaling_factor=3.0), shape=(7, 6)),
    Case(
        "rotary_embedding_yarn",
        layers.RotaryEmbedding(
            rope_type="yarn", scaling_factor=4.0, beta_fast=8.0, original_max_position_embeddings=64, max_wavelength=100),
        shape=(9, 2, 12)),
    Case(
        "rotary_embedding_yarn_exact",
        layers.RotaryEmbedding(
            rope_type="yarn", scaling_factor=4.0, original_max_position_embeddings=64, max_wavelength=100, truncate=False),
        shape=(9, 12)),
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
