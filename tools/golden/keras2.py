"""Makes models with Keras 2 (the package tf-keras), for families/legacy.py.

    python keras2.py FOLDER [MODEL...]

For each model, or for those that are named, FOLDER/<model>/ gets model.h5, model.keras, saved_model.zip, and what Keras 2 answers to random inputs.
It runs in a process of its own, because Keras 2 and 3 do not mix in one.
"""

import json
import os
import pathlib
import sys
import tempfile
import zipfile
import zlib

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import Input, Model, Sequential, layers
from tf_keras.src.layers.rnn.cudnn_gru import CuDNNGRU
from tf_keras.src.layers.rnn.cudnn_lstm import CuDNNLSTM
from weights import randomise


def sequential():
    return Sequential([layers.Dense(5, activation="relu", input_shape=(6,)), layers.Dense(3)])


def sequential_built_later():
    model = Sequential([layers.Dense(5, activation="tanh"), layers.Dense(3, "softmax")])
    model.build((None, 6))
    return model


def convolutional():
    return Sequential(
        [
            layers.Rescaling(0.5, offset=0.1, input_shape=(9, 8, 2)),
            layers.Conv2D(4, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.4),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def one_dimensional():
    x = Input((12, 3))
    y = layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="relu")(x)
    y = layers.AveragePooling1D(2)(layers.SpatialDropout1D(0.2)(y))
    return Model(x, layers.Dense(2)(layers.GlobalMaxPooling1D()(y)))


def residual():
    x = Input((6, 6, 3))
    y = layers.BatchNormalization()(layers.Conv2D(3, 3, padding="same")(x))
    return Model(x, layers.ReLU()(layers.Add()([x, y])))


def block(name):
    return Sequential(
        [layers.Dense(4, "relu", input_shape=(4,)), layers.BatchNormalization()], name
    )


def nested():
    a = Input((4,))
    inner = Model(a, layers.Add()([a, block("first")(a)]), name="inner")
    x = Input((6,))
    return Model(x, block("second")(inner(layers.Dense(4)(x))))


def shared():
    twice = layers.Dense(4, activation="tanh")
    body = block("body")
    a, b = Input((4,), name="a"), Input((4,), name="b")
    return Model([a, b], layers.Concatenate()([body(twice(a)), body(twice(b)), twice(twice(a))]))


def several_inputs_and_outputs():
    a, b = Input((4,), name="a"), Input((3,), name="b")
    x = layers.Concatenate()([b, a])
    first = layers.Dense(3, name="first")(x)
    return Model([a, b], [layers.Dense(2, name="second")(first), first])


def dictionary_outputs():
    x = Input((4,), name="x")
    outputs = {name: layers.Dense(size, name=name)(x) for name, size in (("b", 2), ("a", 3))}
    return Model(x, outputs)


def identifiers():
    identifier, numbers = Input((3,), dtype="int32", name="identifier"), Input((2,), name="numbers")
    x = layers.Flatten()(layers.Embedding(10, 2)(identifier))
    return Model([identifier, numbers], layers.Dense(2)(layers.Concatenate()([x, numbers])))


def normalizations():
    x = Input((4, 5, 6))
    y = layers.BatchNormalization(axis=1, scale=False)(layers.LayerNormalization()(x))
    y = layers.LayerNormalization(axis=[1, 2])(layers.GroupNormalization(3)(y))
    return Model(x, layers.UnitNormalization()(layers.Normalization(mean=0.5, variance=2.0)(y)))


def activations():
    x = Input((3, 4))
    kinds = [
        layers.LeakyReLU(alpha=0.2),
        layers.PReLU(shared_axes=[1]),
        layers.ELU(0.7),
        layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2),
        layers.Softmax(axis=1),
        *[layers.Activation(name) for name in ("swish", "gelu", "mish", "hard_sigmoid", "selu")],
    ]
    return Model(x, layers.Concatenate()([kind(x) for kind in kinds]))


def tensorflow_functions():
    """Functions of TensorFlow on symbolic tensors: TFOpLambda layers."""
    x, y = Input((4, 3), name="x"), Input((4, 3), name="y")
    z = tf.maximum(2 - (x * 2 + y), tf.reduce_mean(y, axis=[1], keepdims=True))
    z = tf.clip_by_value(z, -1.5, 2.0) / np.array([1.0, 2.0, 3.0], "float32")
    z = tf.nn.relu6(z + 3.0) * (1 / 6.0) + tf.nn.softmax(y, axis=1) ** 2
    z = tf.nn.gelu(tf.where(z > 0.5, z, -0.25)) + tf.nn.leaky_relu(x, 0.1)
    best = tf.cast(tf.argmax(y, axis=-1), tf.float32)
    return Model([x, y], tf.square(best - tf.reduce_sum(z, -1)))


def tensorflow_shapes():
    """Functions of TensorFlow that move elements, and Python's index: SlicingOpLambda layers."""
    x = Input((4, 6), name="x")
    last = x[:, -1]
    parts = [
        tf.concat([x[:, 1:, ::2], x[:, :, 3:]], axis=1),
        tf.stack([last, x[:, 0]], axis=1)[:, :, tf.newaxis, 0],
        tf.transpose(x, [0, 2, 1]),
        tf.linalg.matmul(x, tf.reshape(x, (-1, 6, 4))),
        tf.squeeze(tf.expand_dims(last, 1), 1),
        tf.tile(last, [1, 2]),
        tf.split(x, [1, 3, 2], axis=-1)[1],
        tf.split(x, 2, axis=1)[1],
        tf.pad(x, [[0, 0], [1, 2], [0, 0]], constant_values=0.5),
        tf.pad(x, [[0, 0], [1, 1], [2, 0]], mode="REFLECT"),
        tf.reverse(tf.roll(x, 1, axis=1), axis=[2]),
        tf.repeat(x, 2, axis=1) + tf.ones_like(x[:, :1]),
        tf.unstack(x, axis=1)[2],
        tf.gather(x, [0, 2], axis=1),
    ]
    return Model(x, parts)


def tensorflow_order():
    x = Input((4, 6), name="x")
    best = tf.math.top_k(x, k=2)
    parts = [
        tf.sort(x),
        best.values,
        tf.cast(best.indices, "float32"),
        tf.cumsum(x, axis=1),
        tf.math.l2_normalize(x, axis=-1),
        tf.one_hot(tf.argmax(x, axis=-1), 6),
        tf.image.resize(x[:, :, :, tf.newaxis], (8, 9)),
        tf.nn.depth_to_space(tf.reshape(x, (-1, 2, 3, 4)), 2),
    ]
    return Model(x, parts)


def tensorflow_matrices():
    x = Input((5, 3), name="x")
    square = tf.linalg.matmul(tf.transpose(x, [0, 2, 1]), x) + np.eye(3, dtype="float32")
    parts = [
        *tf.linalg.qr(x),
        tf.linalg.matmul(*tf.linalg.qr(x, full_matrices=True)),
        *tf.linalg.svd(x),
        2 * tf.linalg.svd(x, compute_uv=False),
        *tf.linalg.eigh(square),
        tf.linalg.lstsq(x, 2 - x[:, :, :2]),
        tf.linalg.pinv(x),
        tf.linalg.inv(square),
        tf.linalg.det(square),
        tf.linalg.cholesky(square),
        tf.linalg.solve(square, x[:, :3, :2]),
        tf.linalg.matrix_rank(x),
    ]
    return Model(x, parts)


def tensorflow_images():
    x, y = Input((6, 7, 3), name="x"), Input((4, 5, 1), name="y")
    colours = tf.sigmoid(x)
    image = tf.image
    parts = [
        image.rgb_to_grayscale(x),
        image.grayscale_to_rgb(y),
        image.per_image_standardization(x),
        image.per_image_standardization(0 * x + 3),
        image.adjust_brightness(x, 0.3),
        image.adjust_contrast(x, contrast_factor=1.7),
        image.adjust_gamma(colours, 0.7, gain=1.2),
        image.adjust_saturation(colours, 1.5),
        image.adjust_hue(colours, 0.4),
        image.adjust_hue(x, -0.3),
        image.flip_left_right(x),
        image.flip_up_down(y),
        *[image.rot90(x, k=quarters) for quarters in (1, 2, 3)],
        image.transpose(y),
        image.central_crop(x, 0.5),
        image.crop_to_bounding_box(x, 1, 2, 4, 3),
        image.pad_to_bounding_box(x, 1, 2, 9, 12),
        image.resize_with_crop_or_pad(x, 4, 10),
        image.resize_with_crop_or_pad(y, 9, 3),
        image.resize_with_pad(x, 8, 9),
        image.resize_with_pad(y, 3, 4, method="nearest"),
        image.resize(x, (9, 5), preserve_aspect_ratio=True),
        image.resize(x, (4, 3), method="bicubic", antialias=True),
        image.resize(y, (4, 5)),
        image.rgb_to_hsv(colours),
        image.hsv_to_rgb(colours),
        image.rgb_to_yuv(x),
        image.rgb_to_yiq(x),
    ]
    return Model([x, y], parts)


def tensorflow_resized_bytes():
    x = Input((6, 7, 3), dtype="int32", name="x")
    return Model(x, [tf.image.resize(x, (9, 5)), tf.image.resize(x, (9, 5), method="nearest")])


def tensorflow_elements():
    x, y = Input((4, 3), name="x"), Input((4, 3), name="y")
    near = tf.sigmoid(y) * 0.9
    math = tf.math
    at_most_one = (math.acos, math.asin, math.atanh, math.erfinv, math.bessel_i0, math.log_sigmoid)
    anywhere = (math.asinh, math.atan, math.ceil, math.cosh, math.erfc, math.expm1, math.sinh)
    parts = [
        *[function(near) for function in at_most_one],
        *[function(x) for function in (*anywhere, math.tan, math.rint, tf.nn.softsign)],
        math.acosh(1 + near),
        math.squared_difference(x, y),
        math.atan2(x, y),
        math.floordiv(x, near),
        math.floormod(x, near),
        2.5 // near,
        math.divide_no_nan(x, tf.nn.relu(y)),
        math.multiply_no_nan(x, tf.nn.relu(y)),
        math.reciprocal_no_nan(tf.nn.relu(y)),
        math.xlogy(tf.nn.relu(x), near),
        math.xdivy(tf.nn.relu(x), y),
        math.xlog1py(tf.nn.relu(x), near),
        math.add_n([x, y, near]),
        tf.where(math.is_finite(1 / tf.nn.relu(x)) & tf.not_equal(x, y), x, 0.5),
        tf.nn.bias_add(x, np.float32([1, -2, 3])),
        tf.nn.crelu(x),
        math.l2_normalize(x, axis=[1, 2], epsilon=4.0),
        tf.stop_gradient(x) + tf.ensure_shape(y, (None, 4, 3)),
    ]
    return Model([x, y], parts)


def tensorflow_parts():
    x, square = Input((4, 3), name="x"), Input((3, 3), name="square")
    linalg = tf.linalg
    parts = [
        tf.norm(x, axis=-1),
        linalg.norm(x, ord=1, axis=1, keepdims=True),
        linalg.norm(x, ord=np.inf, axis=1),
        tf.norm(x, axis=[1, 2]),
        tf.math.reduce_euclidean_norm(x, axis=1),
        *linalg.normalize(x, axis=-1),
        linalg.trace(square),
        linalg.diag_part(square),
        linalg.matrix_transpose(x),
        linalg.band_part(square, -1, 0),
        linalg.band_part(square, 1, 0),
        linalg.band_part(square, 0, -1),
        linalg.cross(x, 2 - x[:, :, ::-1]),
        tf.tensordot(x, np.float32([[1, 2], [3, -4], [5, 6]]), 1),
        tf.tensordot(x, np.float32([[1, 2], [3, -4], [5, 6]]), [[2], [0]]),
        tf.matmul(x, square, transpose_b=True),
        linalg.matmul(x, x, transpose_a=True),
        tf.cumsum(x, axis=1, exclusive=True),
        tf.cumsum(x, axis=2, reverse=True),
        tf.cumsum(x, axis=1, exclusive=True, reverse=True),
        tf.cast(tf.argsort(x), "float32"),
        tf.cast(tf.argsort(x, direction="DESCENDING"), "float32"),
        tf.sort(x, axis=1, direction="DESCENDING"),
        tf.slice(x, [0, 1, 0], [-1, 2, 2]),
        tf.one_hot(tf.argmax(x, axis=-1), 5, on_value=2.0, off_value=-1.0),
        tf.nn.max_pool2d(tf.expand_dims(x, 3), 2, 1, "VALID"),
        tf.nn.avg_pool2d(tf.expand_dims(x, 3), [1, 3, 2, 1], [1, 2, 1, 1], "SAME"),
        tf.nn.max_pool1d(x, 2, 2, "SAME"),
        keras.backend.batch_flatten(x),
    ]
    return Model([x, square], parts)


def tensorflow_sizes():
    """Shapes that are computed of those of tensors, as functions with free sizes do."""
    x = Input((4, 6), name="x")
    sizes = tf.shape(x)
    samples, rows, columns = tf.unstack(sizes)
    images = tf.expand_dims(x, 3)
    small = layers.MaxPooling2D(2)(images)
    places = tf.range(rows)
    parts = [
        tf.reshape(x, [sizes[0], -1, 3]),
        tf.reshape(x, tf.stack([samples, rows * columns])),
        tf.reshape(x, tf.concat([sizes[:1], [2, 2], sizes[-1:]], 0)),
        tf.reshape(x, [samples, columns, rows]),
        x / tf.sqrt(tf.cast(sizes[-1], tf.float32)),
        x + tf.cast(samples, tf.float32),
        x * tf.cast(tf.size(x) + tf.rank(x), tf.float32),
        tf.tile(x[:, :1], [1, rows, 2]),
        tf.concat([x, tf.zeros([samples, 1, columns]), tf.ones([samples, 2, 6])], 1),
        tf.concat([x, tf.fill([tf.shape(x)[0], 2, 6], 2.5)], 1),
        x + tf.broadcast_to(np.float32([[[0.5], [-1], [2], [3]]]), tf.shape(x)),
        x + tf.ones(sizes),
        x + layers.Embedding(9, 6)(places),
        x + tf.expand_dims(tf.range(rows, 0, -1, dtype=tf.float32), 1),
        x + layers.Embedding(9, 6)(tf.range(start=1, limit=1 + rows, delta=1)),
        tf.image.resize(small, sizes[1:3]),
        x[:, : rows - 1, 1:columns],
        x[:, :, : 1 + tf.minimum(samples, 2)],
        tf.one_hot(tf.argmax(x, axis=-1), tf.shape(x)[2] + 1),
        tf.sequence_mask(tf.argmax(x, axis=-1), columns, dtype=tf.float32),
        tf.repeat(x, tf.shape(x)[1], axis=2),
        tf.pad(x, [[0, 0], [1, rows], [0, 0]]),
        tf.strided_slice(x, [0, 1, 0], [99, 4, 6], [1, 1, 2]),
        tf.matmul(x, tf.eye(columns)),
    ]
    return Model(x, parts)


def tensorflow_gathered():
    x, y = Input((4, 3), name="x"), Input((4, 6, 2), name="y")
    table = np.arange(24, dtype="float32").reshape(4, 6) / 7
    places = tf.argmax(x, axis=-1, output_type=tf.int32)
    kernel = np.linspace(-1, 1, 24, dtype="float32")
    parts = [
        tf.gather(table, places),
        tf.gather(x[:, :, 0], places[:, :1], batch_dims=1),
        tf.gather(np.arange(9, dtype="int32"), places),
        tf.gather(x, places, axis=1, batch_dims=1),
        tf.gather(y, places, axis=2, batch_dims=1),
        tf.gather_nd(x, tf.stack([places, places], axis=2), batch_dims=1),
        tf.gather_nd(y, tf.expand_dims(places, 2), batch_dims=1),
        tf.nn.embedding_lookup(table, places),
        tf.boolean_mask(x, [True, False, True, True], axis=1),
        tf.linalg.diag(x),
        tf.linalg.diag(x[:, 0], padding_value=-0.5),
        tf.linalg.set_diag(tf.matmul(x, x, transpose_b=True), x[:, :, 1]),
        tf.nn.conv2d(y, kernel.reshape(2, 2, 2, 3), 1, "SAME"),
        tf.nn.conv2d(y, kernel.reshape(2, 2, 2, 3), [1, 2, 1, 1], "VALID"),
        tf.nn.conv1d(x, kernel.reshape(2, 3, 4), 1, "SAME"),
        tf.nn.depthwise_conv2d(y, kernel.reshape(3, 2, 2, 2), [1, 1, 1, 1], "SAME"),
        tf.image.extract_patches(y, [1, 2, 3, 1], [1, 1, 2, 1], [1, 1, 1, 1], "VALID"),
        tf.image.extract_patches(y, [1, 3, 2, 1], [1, 2, 1, 1], [1, 1, 2, 1], "SAME"),
        tf.nn.local_response_normalization(y, depth_radius=1, bias=0.5, alpha=0.2, beta=0.75),
        tf.clip_by_norm(x, 1.5, axes=[2]),
        tf.debugging.check_numerics(x, "not a number"),
    ]
    return Model([x, y], parts)


def with_samples(y, part):
    """A part that belongs to no sample, and a number of each."""
    numbers = tf.reshape(y[:, 0, 0], (-1, *[1] * len(part.shape)))
    return numbers + tf.expand_dims(tf.cast(part, "float32"), 0)


def tensorflow_counts():
    x, y = Input((5,), dtype="int32", name="x"), Input((4, 3), name="y")
    segments = tf.clip_by_value(x[:, 0], 0, 3)
    mean, variance = np.float32([0.5, 1.0, -1.0]), np.float32([1.0, 2.0, 0.5])
    parts = [
        with_samples(y, tf.math.bincount(x, minlength=10)),
        tf.math.bincount(x, minlength=12, axis=-1),
        with_samples(y, tf.histogram_fixed_width(y, [-1.0, 1.25], nbins=7)),
        tf.saturate_cast(200 * y, tf.uint8),
        with_samples(y, tf.math.unsorted_segment_sum(y, segments, 4)),
        with_samples(y, tf.math.unsorted_segment_sum(x, segments, num_segments=5)),
        tf.nn.batch_normalization(y, mean, variance, 0.25, None, 1e-3),
        tf.nn.batch_normalization(
            y, mean, variance, offset=-mean, scale=2 * mean, variance_epsilon=1e-3
        ),
    ]
    return Model([x, y], parts)


def thresholded():
    return Sequential([layers.Dense(9, input_shape=(5,)), layers.ThresholdedReLU(theta=0.3)])


def convolution_kinds():
    x = Input((8, 8, 4))
    y = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    y = layers.SeparableConv2D(6, 3, strides=2, padding="same")(y)
    y = layers.Conv2D(6, 3, groups=2, padding="same", dilation_rate=2)(y)
    return Model(x, layers.Conv2DTranspose(3, 3, strides=2, padding="same", activation="relu")(y))


def reshapes():
    x = Input((4, 6, 2))
    y = layers.Cropping2D(((0, 1), (1, 0)))(layers.ZeroPadding2D(((1, 0), (2, 1)))(x))
    y = layers.UpSampling2D(2, interpolation="bilinear")(y)
    y = layers.Permute((3, 1, 2))(y)
    return Model(x, layers.Dense(3)(layers.Reshape((2, -1))(y)))


def policies():
    x = Input((6,))
    y = layers.Dense(5, activation="relu", dtype=keras.mixed_precision.Policy("float32"))(x)
    return Model(x, layers.Dense(3, dtype="float32")(y))


def free_size():
    x = Input((None, None, 3))
    y = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x)
    return Model(x, layers.GlobalAveragePooling2D(keepdims=True)(y))


def recurrent():
    """Of Keras 2.0 to 2.2: hard sigmoid, and no reset after the product."""
    x = Input((6, 3))
    y = layers.LSTM(4, return_sequences=True, recurrent_activation="hard_sigmoid")(x)
    y = layers.GRU(5, return_sequences=True, reset_after=False)(y)
    y = layers.GRU(3, return_sequences=True, go_backwards=True)(y)
    return Model(x, layers.SimpleRNN(4)(y))


def recurrent_wrappers():
    x = Input((6, 3))
    y = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    y = layers.TimeDistributed(layers.Dense(4, activation="relu"))(y)
    backward = layers.GRU(3, go_backwards=True)
    return Model(x, layers.Bidirectional(layers.GRU(3), "sum", backward_layer=backward)(y))


def masked_recurrent():
    """Keras 2 hands masks on without a word of it in the file."""
    identifiers = Input((6,), dtype="int32")
    words = layers.Embedding(10, 4, mask_zero=True)(identifiers)
    x = layers.Dropout(0.2)(layers.Dense(4)(words))
    x = layers.Add()([x, layers.Bidirectional(layers.LSTM(2, return_sequences=True))(words)])
    x = layers.GRU(3, return_sequences=True)(x)
    return Model(identifiers, [layers.LSTM(3)(x), layers.GlobalAveragePooling1D()(x)])


def recurrent_cells():
    x = Input((5, 3))
    cells = [layers.LSTMCell(4), layers.GRUCell(3, reset_after=False), layers.SimpleRNNCell(2)]
    y = layers.RNN(cells, return_sequences=True)(x)
    return Model(x, layers.RNN(layers.GRUCell(3))(y))


def initial_states():
    source, target = Input((5, 3), name="source"), Input((4, 2), name="target")
    encoder = layers.Bidirectional(layers.LSTM(2, return_state=True))
    _, *states = encoder(source)
    both = [layers.Concatenate()(states[::2]), layers.Concatenate()(states[1::2])]
    y = layers.LSTM(4, return_sequences=True)(target, initial_state=both)
    return Model([source, target], layers.TimeDistributed(layers.Dense(3))(y))


def words_of_sentences():
    """Sentences of words, zero where there is none; a sentence without words is none."""
    sentences = Input((4, 2), dtype="int32")
    embed = layers.TimeDistributed(layers.Embedding(5, 6, mask_zero=True))
    words = embed(tf.maximum(sentences - 5, 0))
    x = layers.TimeDistributed(layers.Bidirectional(layers.GRU(2)))(words)
    return Model(sentences, layers.LSTM(3, return_sequences=True)(x))


def sentences_encoded():
    sentences = Input((4, 5), dtype="int32")
    encoder = Sequential([layers.Embedding(10, 6, mask_zero=True), layers.LSTM(3)])
    return Model(sentences, layers.GRU(3)(layers.TimeDistributed(encoder)(sentences)))


def video():
    image = Input((6, 5, 2))
    inner = Model(image, layers.Flatten()(layers.Conv2D(3, 3, activation="relu")(image)))
    frames = Input((4, 6, 5, 2))
    return Model(frames, layers.LSTM(3)(layers.TimeDistributed(inner)(frames)))


def convolutional_recurrent():
    x = Input((3, 6, 5, 2))
    y = layers.ConvLSTM2D(3, 3, return_sequences=True, recurrent_activation="hard_sigmoid")(x)
    return Model(x, layers.ConvLSTM2D(2, 2, padding="same")(y))


def attention():
    query, value = Input((5, 6), name="query"), Input((4, 6), name="value")
    x = layers.MultiHeadAttention(2, 3, value_dim=4)(query, value)
    y, scores = layers.MultiHeadAttention(2, 3, output_shape=5, use_bias=False)(
        query, value, key=value, return_attention_scores=True
    )
    z = layers.Attention(use_scale=True, score_mode="concat")([query, value])
    w, others = layers.AdditiveAttention()([query, value], return_attention_scores=True)
    return Model([query, value], [x, y, scores, z, w, others])


def masked_attention():
    first, second = (
        Input((5,), dtype="int32", name="first"),
        Input((5,), dtype="int32", name="second"),
    )
    embed = layers.Embedding(10, 4, mask_zero=True)
    query, value = embed(first), embed(second)
    x = layers.MultiHeadAttention(2, 3)(query, value, use_causal_mask=True)
    y = layers.Attention()([query, value], use_causal_mask=True)
    z = layers.AdditiveAttention()([query, value])
    given = Input((5, 5), dtype="int32", name="given")
    w = layers.MultiHeadAttention(2, 3)(query, value, attention_mask=given)
    return Model(
        [first, second, given], [layers.LSTM(3)(x), y, z, w, layers.Softmax()(x, mask=x > 0)]
    )


def time_major():
    """The time as the first axis, the batch as the second."""
    x = Input((6, 3))
    y = layers.LSTM(4, time_major=True, return_sequences=True)(tf.transpose(x, [1, 0, 2]))
    y = layers.Bidirectional(layers.GRU(3, time_major=True, return_sequences=True))(y)
    last = layers.SimpleRNN(2, time_major=True, go_backwards=True)(y)
    return Model(x, [tf.transpose(y, [1, 0, 2]), last])


def recurrent_layers(lstm, gru):
    x = Input((6, 3))
    y, *states = lstm(4, return_sequences=True, return_state=True)(x)
    return Model(x, [gru(5, go_backwards=True)(y), *states])


def cudnn():
    return recurrent_layers(CuDNNLSTM, CuDNNGRU)


def without_cudnn():
    """The same in layers that run without a graphics card: reads the other's weights."""
    return recurrent_layers(layers.LSTM, layers.GRU)


# Models that answer for others.
TWINS = {cudnn: without_cudnn}

MODELS = (
    sequential,
    sequential_built_later,
    convolutional,
    one_dimensional,
    residual,
    nested,
    shared,
    several_inputs_and_outputs,
    dictionary_outputs,
    identifiers,
    normalizations,
    activations,
    tensorflow_functions,
    tensorflow_shapes,
    tensorflow_order,
    tensorflow_matrices,
    tensorflow_sizes,
    tensorflow_gathered,
    tensorflow_counts,
    tensorflow_images,
    tensorflow_resized_bytes,
    tensorflow_elements,
    tensorflow_parts,
    thresholded,
    convolution_kinds,
    reshapes,
    policies,
    free_size,
    recurrent,
    recurrent_wrappers,
    masked_recurrent,
    recurrent_cells,
    initial_states,
    words_of_sentences,
    sentences_encoded,
    video,
    convolutional_recurrent,
    attention,
    masked_attention,
    time_major,
    cudnn,
)
FREE_DIMENSION = 7
ROWS = 3


def random_input(tensor, random):
    shape = (ROWS, *(size or FREE_DIMENSION for size in tensor.shape[1:]))
    if tensor.dtype.is_integer:
        return random.integers(0, 10, shape, dtype=tensor.dtype.as_numpy_dtype)
    return random.normal(size=shape).astype(np.float32)


def by_name(model, outputs):
    """Keras 2 gives a dictionary, a list or one array."""
    if isinstance(outputs, dict):
        return dict(sorted(outputs.items()))
    outputs = outputs if isinstance(outputs, list) else [outputs]
    return dict(zip(model.output_names, outputs))


def save_packed_folder(model, path):
    """A SavedModel folder as a ZIP, without TensorFlow's graph, which is large and not read."""
    with tempfile.TemporaryDirectory() as name:
        model.save(name, save_format="tf", include_optimizer=False)
        folder = pathlib.Path(name)
        files = [folder / "keras_metadata.pb", *sorted(folder.glob("variables/*"))]
        with zipfile.ZipFile(path, "w") as archive:
            for file in files:
                archive.write(file, str(file.relative_to(folder)))


def make(build, folder):
    keras.backend.clear_session()
    random = np.random.default_rng(zlib.crc32(build.__name__.encode()))
    model = build()
    randomise(model, random)
    model.save(folder / "model.h5")
    model.save(folder / "model.keras")
    if build in TWINS:  # Which have no SavedModel: Keras 2 fails to write it.
        answering = TWINS[build]()
        answering.load_weights(folder / "model.h5")
    else:
        save_packed_folder(model, folder / "saved_model.zip")
        answering = model
    inputs = [random_input(tensor, random) for tensor in model.inputs]
    outputs = by_name(model, answering(inputs if len(inputs) > 1 else inputs[0], training=False))
    arrays = {f"input_{i}": array for i, array in enumerate(inputs)}
    arrays |= {f"output_{i}": array.numpy() for i, array in enumerate(outputs.values())}
    np.savez(folder / "arrays.npz", **arrays)
    names = {"inputs": list(model.input_names), "outputs": list(outputs)}
    (folder / "names.json").write_text(json.dumps(names))


def main():
    output = pathlib.Path(sys.argv[1])
    names = sys.argv[2:]
    (output / "version.txt").write_text(keras.__version__)
    for build in MODELS:
        if names and build.__name__ not in names:
            continue
        folder = output / build.__name__
        folder.mkdir()
        make(build, folder)


if __name__ == "__main__":
    main()
