"""Random configs for every class of layers: which inputs each takes, and what its options may be.

A `Kind` says for inputs of which ranks (without the batch) and types a class may be drawn, and how its
config is. Not every config that is drawn is one that Keras takes: the caller asks Keras.
"""

import dataclasses
from collections.abc import Callable

# Not glu, which halves an axis that Keras then takes to be whole.
ACTIVATIONS = (None, "relu", "tanh", "sigmoid", "gelu", "silu", "elu", "softplus", "relu6",
               "hard_sigmoid", "selu", "leaky_relu", "mish", "softmax", "linear", "exponential",
               "softsign", "hard_silu", "swish", "log_softmax", "celu")
SQUASHING = ("tanh", "sigmoid", "relu", "hard_sigmoid", "linear", "softsign")
WORDS = ["earth", "wind", "fire", "water", "été"]


class Draw:
    """A random generator with the draws that configs are made of."""

    def __init__(self, random):
        self.random = random

    def chance(self, probability):
        return bool(self.random.random() < probability)

    def integer(self, low, high):
        """Of both ends too."""
        return int(self.random.integers(low, high + 1))

    def one_of(self, values):
        return values[int(self.random.integers(len(values)))]

    def some(self, values):
        """At least one of them, in their order."""
        chosen = [value for value in values if self.chance(0.5)]
        return chosen or [self.one_of(values)]

    def number(self, low, high):
        return round(float(self.random.uniform(low, high)), 3)

    def maybe(self, **options):
        """Some of the options: a config where the others have their defaults."""
        return {key: value for key, value in options.items() if self.chance(0.5)}

    def boolean(self):
        return self.chance(0.5)

    def sizes(self, rank, low, high):
        """One number for all axes, or one for each."""
        if self.chance(0.5):
            return self.integer(low, high)
        return [self.integer(low, high) for _ in range(rank)]

    def data_format(self, often=0.08):
        return {"data_format": "channels_first"} if self.chance(often) else {}


@dataclasses.dataclass(frozen=True)
class Kind:
    name: str
    ranks: tuple[int, ...]
    config: Callable[[Draw, tuple], dict]
    dtypes: tuple[str, ...] = ("float32",)
    inputs: tuple[int, int] = (1, 1)  # The least and the most.
    weight: float = 1.0  # How often it is drawn, compared with others.


ANY = (1, 2, 3, 4)


def plain(draw, shape):
    return {}


def bias(draw):
    return draw.maybe(use_bias=draw.boolean())


def dense(draw, shape):
    return {"units": draw.integer(1, 9)} | draw.maybe(activation=draw.one_of(ACTIVATIONS)) | bias(draw)


def einsum_dense(draw, shape):
    letters = "abcd"[: len(shape)]
    kept = letters[:-1]
    axes = {"bias_axes": "z"} if draw.chance(0.6) else {}
    outputs = [*shape[:-1], draw.integer(1, 7)]
    return {
        "equation": f"n{letters},{letters[-1]}z->n{kept}z",
        "output_shape": outputs if len(outputs) > 1 else outputs[0],
        "activation": draw.one_of(ACTIVATIONS),
    } | axes


def window(draw, shape, high=3):
    """Kernel, strides and dilation, only one of which may be larger than 1."""
    rank = len(shape) - 1
    config = {"kernel_size": draw.sizes(rank, 1, high)} | draw.maybe(
        padding=draw.one_of(("same", "valid"))
    )
    if draw.chance(0.4):
        config["strides"] = draw.sizes(rank, 1, 3)
    elif draw.chance(0.3):
        config["dilation_rate"] = draw.sizes(rank, 1, 2)
    return config


def convolution(draw, shape):
    config = {"filters": draw.integer(1, 6)} | window(draw, shape) | bias(draw)
    config |= draw.maybe(activation=draw.one_of(ACTIVATIONS)) | draw.data_format()
    if len(shape) == 2 and draw.chance(0.2):
        config["padding"] = "causal"
    if shape[-1] % 2 == 0 and draw.chance(0.3):
        config |= {"groups": 2, "filters": 2 * draw.integer(1, 3)}
    return config


def transposed_convolution(draw, shape):
    config = {"filters": draw.integer(1, 5)} | window(draw, shape) | bias(draw)
    return config | draw.maybe(activation=draw.one_of(ACTIVATIONS)) | draw.data_format(0.04)


def depthwise(draw, shape):
    config = window(draw, shape) | bias(draw) | draw.data_format(0.04)
    if isinstance(config.get("strides"), list):
        config["strides"] = config["strides"][0]
    return config | draw.maybe(
        depth_multiplier=draw.integer(1, 3), activation=draw.one_of(ACTIVATIONS)
    )


def separable(draw, shape):
    return depthwise(draw, shape) | {"filters": draw.integer(1, 6)}


def pooling(draw, shape):
    rank = len(shape) - 1
    config = {"pool_size": draw.sizes(rank, 1, 3)} | draw.data_format()
    return config | draw.maybe(
        padding=draw.one_of(("same", "valid")), strides=draw.sizes(rank, 1, 3)
    )


def global_pooling(draw, shape):
    return draw.maybe(keepdims=draw.boolean()) | draw.data_format(0.2)


def adaptive_pooling(draw, shape):
    rank = len(shape) - 1
    return {"output_size": draw.sizes(rank, 1, 4)} | draw.data_format(0.2)


def cropping(draw, shape):
    rank = len(shape) - 1
    if rank == 1:
        return {"cropping": [draw.integer(0, 2), draw.integer(0, 1)]}
    return {"cropping": [[draw.integer(0, 1), draw.integer(0, 1)] for _ in range(rank)]} | (
        draw.data_format(0.2)
    )


def padding(draw, shape):
    rank = len(shape) - 1
    if rank == 1:
        return {"padding": [draw.integer(0, 2), draw.integer(0, 2)]}
    return {"padding": [[draw.integer(0, 2), draw.integer(0, 2)] for _ in range(rank)]} | (
        draw.data_format(0.2)
    )


def upsampling(draw, shape):
    rank = len(shape) - 1
    config = {"size": draw.integer(1, 3) if rank == 1 else draw.sizes(rank, 1, 3)}
    if rank == 2:
        config |= draw.maybe(interpolation=draw.one_of(("nearest", "bilinear", "bicubic",
                                                        "lanczos3", "lanczos5")))
    return config | (draw.data_format(0.2) if rank > 1 else {})


def batch_normalization(draw, shape):
    return draw.maybe(
        axis=draw.integer(1, len(shape)),
        center=draw.boolean(),
        scale=draw.boolean(),
        epsilon=draw.number(0.001, 0.1),
    )


def axes(draw, shape):
    return draw.one_of((-1, draw.integer(1, len(shape)), draw.some(range(1, len(shape) + 1))))


def layer_normalization(draw, shape):
    return draw.maybe(
        axis=axes(draw, shape),
        center=draw.boolean(),
        scale=draw.boolean(),
        epsilon=draw.number(0.001, 0.1),
    )


def rms_normalization(draw, shape):
    return draw.maybe(axis=axes(draw, shape), epsilon=draw.number(0.001, 0.1))


def group_normalization(draw, shape):
    axis = draw.one_of((-1, draw.integer(1, len(shape))))
    size = shape[axis if axis < 0 else axis - 1]
    groups = draw.one_of([n for n in range(1, size + 1) if size % n == 0] + [-1])
    return {"groups": groups, "axis": axis} | draw.maybe(
        center=draw.boolean(), scale=draw.boolean(), epsilon=draw.number(0.001, 0.1)
    )


def normalization(draw, shape):
    if draw.chance(0.5):
        return {"axis": None, "mean": draw.number(-1, 1), "variance": draw.number(0.2, 2)} | (
            draw.maybe(invert=draw.boolean())
        )
    size = shape[-1]
    return {
        "mean": [draw.number(-1, 1) for _ in range(size)],
        "variance": [draw.number(0.2, 2) for _ in range(size)],
    } | draw.maybe(invert=draw.boolean())


def relu(draw, shape):
    return draw.maybe(
        max_value=draw.number(0.5, 2), negative_slope=draw.number(0, 0.5),
        threshold=draw.number(0, 0.5),
    )


def prelu(draw, shape):
    return draw.maybe(shared_axes=draw.some(range(1, len(shape) + 1)))


def softmax(draw, shape):
    return draw.maybe(axis=axes(draw, shape))


def activation(draw, shape):
    return {"activation": draw.one_of(ACTIVATIONS)}


def reshape(draw, shape):
    size = 1
    for axis in shape:
        size *= axis
    divisors = [n for n in range(1, size + 1) if size % n == 0]
    first = draw.one_of(divisors)
    second = draw.one_of([n for n in divisors if (size // first) % n == 0])
    third = size // first // second
    return {"target_shape": draw.one_of(([first, second, -1], [-1, third], [first, second * third],
                                         [size]))}


def permute(draw, shape):
    return {"dims": [int(axis) + 1 for axis in draw.random.permutation(len(shape))]}


def merge(draw, shape):
    return {}


def concatenate(draw, shape):
    return {"axis": draw.one_of((-1, draw.integer(1, len(shape))))}


def dot(draw, shape):
    axis = draw.integer(1, len(shape))
    return {"axes": draw.one_of((axis, [axis, axis], -1))} | draw.maybe(normalize=draw.boolean())


def recurrent(draw, shape):
    return {"units": draw.integer(1, 5)} | bias(draw) | draw.maybe(
        activation=draw.one_of(SQUASHING),
        return_sequences=True,
        go_backwards=draw.boolean(),
        unroll=draw.boolean(),
        zero_output_for_mask=draw.boolean(),
    ) | ({"return_state": True} if draw.chance(0.15) else {})


def gated(draw, shape):
    return recurrent(draw, shape) | draw.maybe(recurrent_activation=draw.one_of(SQUASHING))


def gru(draw, shape):
    return gated(draw, shape) | draw.maybe(reset_after=draw.boolean())


def any_recurrent(draw, shape):
    name, config = draw.one_of((("LSTM", gated), ("GRU", gru), ("SimpleRNN", recurrent)))
    return {"layer": name, "config": config(draw, shape)}


def bidirectional(draw, shape):
    layer = any_recurrent(draw, shape)
    config = {"layer": layer} | draw.maybe(
        merge_mode=draw.one_of(("sum", "mul", "ave", "concat", None))
    )
    if draw.chance(0.2):
        other = {"go_backwards": not layer["config"].get("go_backwards", False)}
        config["backward_layer"] = layer | {"config": layer["config"] | other}
    return config


def cell(draw, shape):
    name = draw.one_of(("LSTMCell", "GRUCell", "SimpleRNNCell"))
    return {"layer": name, "config": {"units": draw.integer(1, 4)} | bias(draw)}


def cells(draw, shape):
    number = draw.integer(1, 3)
    config = {"cell": cell(draw, shape) if number == 1 else [cell(draw, shape) for _ in range(number)]}
    return config | draw.maybe(return_sequences=True, go_backwards=draw.boolean())


def convolutional_recurrent(draw, shape):
    rank = len(shape) - 2
    return {
        "filters": draw.integer(1, 3),
        "kernel_size": draw.sizes(rank, 1, 3),
    } | bias(draw) | draw.maybe(
        padding=draw.one_of(("same", "valid")), return_sequences=True,
        go_backwards=draw.boolean(), activation=draw.one_of(SQUASHING),
    )


INNER = {
    "Dense": (dense, 1), "LayerNormalization": (layer_normalization, 1), "Conv1D": (convolution, 2),
    "Conv2D": (convolution, 3), "MaxPooling1D": (pooling, 2), "AveragePooling2D": (pooling, 3),
    "Flatten": (plain, 2), "GlobalAveragePooling1D": (plain, 2), "LSTM": (gated, 2),
    "BatchNormalization": (batch_normalization, 1), "Activation": (activation, 1),
    "Softmax": (softmax, 2), "Dropout": (lambda draw, shape: {"rate": 0.3}, 1),
}


def time_distributed(draw, shape):
    inner = shape[1:]
    fitting = [name for name, (_, rank) in INNER.items() if rank == len(inner)] or ["Dense"]
    name = draw.one_of(fitting)
    return {"layer": {"layer": name, "config": INNER[name][0](draw, inner)}}


def spectral_normalization(draw, shape):
    return {"layer": {"layer": "Dense", "config": dense(draw, shape)}} | draw.maybe(
        power_iterations=draw.integer(1, 3)
    )


# Heads of at least 2 numbers: the bias of heads of 1 is ambiguous, see keras_bugs.
def multi_head_attention(draw, shape):
    config = {"num_heads": draw.integer(1, 3), "key_dim": draw.integer(2, 4)} | bias(draw)
    return config | draw.maybe(value_dim=draw.integer(2, 4), output_shape=draw.integer(1, 5))


def group_query_attention(draw, shape):
    groups = draw.integer(1, 2)
    return {
        "head_dim": draw.integer(1, 4),
        "num_query_heads": groups * draw.integer(1, 2),
        "num_key_value_heads": groups,
    } | bias(draw)


def attention(draw, shape):
    return draw.maybe(use_scale=draw.boolean(), score_mode=draw.one_of(("dot", "concat")))


def additive_attention(draw, shape):
    return draw.maybe(use_scale=draw.boolean())


def embedding(draw, shape):
    return {"input_dim": 10, "output_dim": draw.integer(1, 6)} | draw.maybe(
        mask_zero=draw.boolean()
    )


def category_encoding(draw, shape):
    return {"num_tokens": 10} | draw.maybe(
        output_mode=draw.one_of(("multi_hot", "count", "one_hot"))
    )


def integer_lookup(draw, shape):
    return {"vocabulary": [3, 1, 7, 5]} | draw.maybe(
        num_oov_indices=draw.integer(1, 3), mask_token=0,
        output_mode=draw.one_of(("int", "multi_hot", "count")),
    )


def string_lookup(draw, shape):
    return {"vocabulary": WORDS[:4]} | draw.maybe(
        num_oov_indices=draw.integer(1, 3), mask_token="",
        output_mode=draw.one_of(("int", "multi_hot", "count")),
    )


def hashing(draw, shape):
    return {"num_bins": draw.integer(2, 9)} | draw.maybe(salt=draw.integer(1, 2**20))


def text_vectorization(draw, shape):
    return {"vocabulary": WORDS[:4]} | draw.maybe(
        output_mode=draw.one_of(("int", "multi_hot", "count")),
        ngrams=draw.integer(1, 2),
        standardize=draw.one_of((None, "lower", "strip_punctuation",
                                 "lower_and_strip_punctuation")),
        split=draw.one_of((None, "whitespace", "character")),
    )


def discretization(draw, shape):
    boundaries = sorted({draw.number(-2, 2) for _ in range(draw.integer(1, 5))})
    return {"bin_boundaries": boundaries} | draw.maybe(
        output_mode=draw.one_of(("int", "multi_hot", "count"))
    )


def rescaling(draw, shape):
    return {"scale": draw.number(-2, 2)} | draw.maybe(offset=draw.number(-1, 1))


def resizing(draw, shape):
    return {"height": draw.integer(2, 9), "width": draw.integer(2, 9)} | draw.maybe(
        interpolation=draw.one_of(("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")),
        crop_to_aspect_ratio=draw.boolean(), antialias=draw.boolean(),
    ) | draw.data_format(0.1)


def center_crop(draw, shape):
    return {"height": draw.integer(1, 7), "width": draw.integer(1, 7)} | draw.data_format(0.1)


def masking(draw, shape):
    return draw.maybe(mask_value=draw.number(-1, 1))


def dropout(draw, shape):
    return {"rate": draw.number(0.1, 0.6)}


def spectrogram(draw, shape):
    length = draw.integer(4, 8)
    return {"frame_length": length, "frame_step": draw.integer(1, length),
            "mode": draw.one_of(("log", "magnitude", "psd", "real", "imag", "angle", "stft")),
            "padding": draw.one_of(("valid", "same")), "scaling": draw.one_of(("density", None)),
            "fft_length": 8}


def by_rank(pattern, config, **options):
    """A family with a class for each number of dimensions: Conv1D, Conv2D, …"""
    return [Kind(pattern.format(rank), (rank + 1,), config, **options) for rank in (1, 2, 3)]


KINDS = [
    Kind("Dense", ANY, dense, weight=3),
    Kind("EinsumDense", ANY, einsum_dense),
    *by_rank("Conv{}D", convolution, weight=2),
    *by_rank("Conv{}DTranspose", transposed_convolution),
    *by_rank("DepthwiseConv{}D", depthwise)[:2],
    *by_rank("SeparableConv{}D", separable)[:2],
    *by_rank("MaxPooling{}D", pooling),
    *by_rank("AveragePooling{}D", pooling),
    *by_rank("GlobalMaxPooling{}D", global_pooling, weight=0.5),
    *by_rank("GlobalAveragePooling{}D", global_pooling, weight=0.5),
    *by_rank("AdaptiveAveragePooling{}D", adaptive_pooling, weight=0.5),
    *by_rank("AdaptiveMaxPooling{}D", adaptive_pooling, weight=0.5),
    *by_rank("Cropping{}D", cropping, weight=0.5),
    *by_rank("ZeroPadding{}D", padding, weight=0.5),
    *by_rank("UpSampling{}D", upsampling, weight=0.7),
    *by_rank("SpatialDropout{}D", dropout, weight=0.2),
    Kind("BatchNormalization", ANY, batch_normalization, weight=2),
    Kind("LayerNormalization", ANY, layer_normalization, weight=2),
    Kind("RMSNormalization", ANY, rms_normalization),
    Kind("GroupNormalization", (2, 3, 4), group_normalization),
    Kind("UnitNormalization", ANY, softmax),
    Kind("Normalization", ANY, normalization),
    Kind("SpectralNormalization", (1, 2), spectral_normalization, weight=0.5),
    Kind("ReLU", ANY, relu),
    Kind("LeakyReLU", ANY, plain, weight=0.5),
    Kind("ELU", ANY, plain, weight=0.5),
    Kind("PReLU", ANY, prelu),
    Kind("Softmax", ANY, softmax),
    Kind("Activation", ANY, activation, weight=2),
    Kind("Flatten", ANY, plain),
    Kind("Reshape", ANY, reshape, weight=1.5),
    Kind("Permute", (2, 3, 4), permute),
    Kind("RepeatVector", (1,), lambda draw, shape: {"n": draw.integer(1, 5)}, weight=1.5),
    Kind("Dropout", ANY, dropout, weight=0.3),
    Kind("GaussianNoise", ANY, lambda draw, shape: {"stddev": 0.3}, weight=0.2),
    Kind("AlphaDropout", ANY, dropout, weight=0.2),
    Kind("ActivityRegularization", ANY, plain, weight=0.2),
    Kind("Identity", ANY, plain, weight=0.2),
    Kind("Rescaling", ANY, rescaling),
    Kind("Masking", (2,), masking),
    Kind("Resizing", (3,), resizing),
    Kind("CenterCrop", (3,), center_crop),
    Kind("Discretization", (1, 2), discretization, weight=0.5),
    Kind("STFTSpectrogram", (2,), spectrogram, weight=0.5),
    Kind("LSTM", (2,), gated, weight=2),
    Kind("GRU", (2,), gru, weight=2),
    Kind("SimpleRNN", (2,), recurrent),
    Kind("RNN", (2,), cells),
    Kind("Bidirectional", (2,), bidirectional, weight=2),
    *[Kind(f"ConvLSTM{rank}D", (rank + 2,), convolutional_recurrent) for rank in (1, 2)],
    Kind("TimeDistributed", (2, 3, 4), time_distributed, weight=2),
    *[
        Kind(name, ANY, merge, ("float32",), (2, 3), weight=2)
        for name in ("Add", "Average", "Maximum", "Minimum", "Multiply")
    ],
    Kind("Subtract", ANY, merge, inputs=(2, 2)),
    Kind("Concatenate", ANY, concatenate, inputs=(2, 3), weight=3),
    Kind("Dot", (1, 2), dot, inputs=(2, 2)),
    Kind("Attention", (2,), attention, inputs=(2, 3)),
    Kind("AdditiveAttention", (2,), additive_attention, inputs=(2, 3)),
    Kind("MultiHeadAttention", (2,), multi_head_attention, inputs=(2, 3), weight=1.5),
    Kind("GroupQueryAttention", (2,), group_query_attention, inputs=(2, 2)),
    Kind("Embedding", (1, 2), embedding, ("int32",), weight=8),
    Kind("CategoryEncoding", (1,), category_encoding, ("int32",), weight=2),
    Kind("IntegerLookup", (1,), integer_lookup, ("int32",), weight=2),
    Kind("Hashing", (1,), hashing, ("int32", "string"), weight=2),
    Kind("StringLookup", (1,), string_lookup, ("string",), weight=4),
    Kind("TextVectorization", (1,), text_vectorization, ("string",), weight=2),
]
