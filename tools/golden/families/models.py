"""Whole models: sequential, functional, nested, shared, with several inputs and outputs."""

import keras
from case import Case
from keras import Input, Model, Sequential, layers


def sequential_with_input():
    return Sequential([Input((6,)), layers.Dense(5, activation="relu"), layers.Dense(3)])


def sequential_built_later():
    model = Sequential([layers.Dense(5, activation="relu"), layers.Dense(3)])
    model.build((None, 6))
    return model


def sequential_called():
    model = Sequential([layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2)])
    model(keras.ops.zeros((1, 5, 5, 2)))
    return model


def sequential_one_layer():
    return Sequential([Input((4,)), layers.Dense(3)])


def sequential_convolutional():
    return Sequential(
        [
            Input((10, 10, 1)),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(4, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Dropout(0.5),
            layers.Conv2D(6, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def sequential_one_dimensional():
    return Sequential(
        [
            Input((20, 3)),
            layers.Conv1D(5, 4, padding="causal", activation="relu"),
            layers.Conv1D(5, 3, dilation_rate=2, padding="causal"),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.1),
            layers.AveragePooling1D(2),
            layers.GlobalMaxPooling1D(),
            layers.Dense(2, activation="tanh"),
        ]
    )


def sequential_in_sequential():
    body = Sequential([Input((6,)), layers.Dense(5, activation="tanh")], name="body")
    return Sequential([Input((6,)), body, layers.Dense(3)])


def residual():
    image = Input((6, 6, 3))
    x = layers.Conv2D(3, 3, padding="same")(image)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.Conv2D(3, 3, padding="same")(x)
    x = layers.Add()([x, image])
    return Model(image, layers.ReLU()(x))


def residual_written_as_sum():
    x = Input((5,))
    hidden = layers.Dense(5, activation="relu")(x)
    return Model(x, layers.Dense(2)(x + hidden))


def residual_of_the_activated():
    """The shortcut starts after the activation, which must not be fused away."""
    image = Input((6, 6, 2))
    x = layers.ReLU()(layers.Conv2D(4, 3, padding="same")(image))
    y = layers.Conv2D(4, 3, padding="same")(x)
    return Model(image, layers.Add()([y, x]))


def convolution_used_twice():
    """A convolution read both by a normalization and by a sum: it cannot be folded into one."""
    image = Input((5, 5, 2))
    x = layers.Conv2D(3, 3, padding="same")(image)
    return Model(image, layers.Add()([layers.BatchNormalization()(x), x]))


def intermediate_output():
    x = Input((5,))
    hidden = layers.Dense(4, name="hidden")(x)
    return Model(x, [layers.ReLU(name="activated")(hidden), hidden])


def input_is_output():
    x = Input((5,))
    return Model(x, [layers.Dense(3)(x), x])


def block(name):
    return Sequential(
        [Input((4,)), layers.Dense(4, activation="relu"), layers.BatchNormalization()], name=name
    )


def sequential_in_functional():
    x = Input((4,))
    return Model(x, layers.Dense(2)(block("second")(block("first")(x))))


def functional_in_functional():
    a = Input((4,), name="inner_input")
    inner = Model(a, layers.Add()([a, layers.Dense(4)(a)]), name="inner")
    x = Input((6,))
    return Model(x, layers.Dense(3)(inner(layers.Dense(4)(x))))


def functional_in_functional_in_sequential():
    return Sequential([Input((6,)), functional_in_functional(), layers.Dense(2)])


def nested_with_two_inputs_and_outputs():
    a, b = Input((4,), name="left"), Input((3,), name="right")
    joined = layers.Concatenate()([a, b])
    inner = Model([a, b], [layers.Dense(4)(joined), layers.Dense(2)(joined)], name="inner")
    x = Input((4,), name="x")
    wide, narrow = inner([x, layers.Dense(3)(x)])
    return Model(x, layers.Concatenate()([wide, narrow, x]))


def nested_called_twice():
    shared = block("shared")
    a, b = Input((4,), name="a"), Input((4,), name="b")
    return Model([a, b], layers.Subtract()([shared(a), shared(b)]))


def nested_image_backbone():
    """Transfer learning as it is usually written: a backbone called on preprocessed images."""
    image = Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False)(image)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    backbone = Model(
        image, layers.Conv2D(6, 3, padding="same", activation="relu")(x), name="backbone"
    )
    backbone.trainable = False
    picture = Input((8, 8, 3), name="picture")
    x = layers.RandomFlip("horizontal")(picture)
    x = backbone(layers.Rescaling(1 / 127.5, offset=-1)(x), training=False)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    return Model(picture, layers.Dense(3)(x))


def shared_layer():
    shared = layers.Dense(4, activation="tanh", name="shared")
    x = Input((4,))
    return Model(x, layers.Dense(2)(shared(shared(x))))


def shared_between_branches():
    shared = layers.Conv2D(3, 3, padding="same", name="shared")
    a, b = Input((5, 5, 2), name="a"), Input((4, 6, 2), name="b")
    pooled = [layers.GlobalAveragePooling2D()(shared(x)) for x in (a, b)]
    return Model([a, b], layers.Dot(1, normalize=True)(pooled))


def shared_inside_a_nested_model():
    """Keras itself cannot load a layer shared between two nested models, only within one."""
    shared = layers.Dense(4, name="shared")
    a = Input((4,), name="a")
    inner = Model(a, layers.Add()([layers.ReLU()(shared(a)), shared(shared(a))]), name="inner")
    x, y = Input((4,), name="x"), Input((4,), name="y")
    return Model([x, y], layers.Multiply()([inner(x), inner(y)]))


def shared_nested_model_and_its_own_input():
    """A nested model called on the outer input and on what it gave."""
    inner = block("inner")
    x = Input((4,))
    return Model(x, layers.Concatenate()([inner(x), inner(inner(x))]))


def feature_extractor():
    """Cut out of a larger model, whose layers were called by others too."""
    whole = tiny_squeeze_and_excite()
    features = Model(whole.inputs, whole.layers[-3].output)
    image = Input((8, 8, 3))
    return Model(image, layers.GlobalMaxPooling2D()(features(image)))


def shared_layer_gives_two_outputs():
    shared = layers.Dense(3, name="shared")
    a, b = Input((4,), name="a"), Input((4,), name="b")
    return Model([a, b], [shared(a), shared(b)])


def several_inputs_and_outputs():
    a, b, c = Input((4,), name="a"), Input((3,), name="b"), Input((2,), name="c")
    joined = layers.Concatenate()([c, a, b])
    first = layers.Dense(3, name="first")(joined)
    second = layers.Dense(2, name="second", activation="softmax")(layers.ReLU()(first))
    return Model([a, b, c], [second, first])


def dictionary_inputs():
    inputs = {"zebra": Input((4,), name="zebra"), "ant": Input((3,), name="ant")}
    x = layers.Concatenate()([inputs["zebra"], inputs["ant"]])
    return Model(inputs, layers.Dense(2)(x))


def dictionary_outputs():
    x = Input((4,))
    outputs = {
        "size": layers.Dense(1, name="size")(x),
        "class": layers.Dense(3, activation="softmax", name="class")(x),
    }
    return Model(x, outputs)


def dictionary_of_both():
    inputs = {name: Input((3,), name=name) for name in ("b", "a")}
    x = layers.Subtract()([inputs["a"], inputs["b"]])
    outputs = {"z_key": layers.Dense(2, name="one")(x), "a_key": layers.Dense(3, name="two")(x)}
    return Model(inputs, outputs)


def one_input_in_a_list():
    x = Input((4,))
    return Model([x], [layers.Dense(3)(x)])


def unused_branch_removed():
    """Keras keeps only what the outputs need."""
    x = Input((4,))
    hidden = layers.Dense(3)(x)
    layers.Dense(7)(hidden)
    return Model(x, layers.Dense(2)(hidden))


def free_spatial_shape():
    image = Input((None, None, 3))
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(image)
    x = layers.Conv2DTranspose(3, 3, strides=2, padding="same")(x)
    x = layers.Conv2D(5, 1)(layers.UpSampling2D(interpolation="bilinear")(x))
    return Model(image, [x, layers.GlobalMaxPooling2D()(x)])


def free_length():
    x = Input((None, 3))
    y = layers.Conv1D(4, 3, padding="causal", activation="relu")(x)
    return Model(x, layers.Dense(2)(layers.GlobalAveragePooling1D()(y)))


def identifiers_and_numbers():
    identifier = Input((3,), dtype="int32", name="identifier")
    numbers = Input((4,), name="numbers")
    x = layers.Flatten()(layers.Embedding(10, 2)(identifier))
    x = layers.Dense(6, activation="relu")(layers.Concatenate()([x, numbers]))
    return Model([identifier, numbers], layers.Dense(1, activation="sigmoid")(x))


def autoencoder():
    encoder = Sequential([Input((12,)), layers.Dense(6, "relu"), layers.Dense(3)], name="encoder")
    decoder = Sequential([Input((3,)), layers.Dense(6, "relu"), layers.Dense(12)], name="decoder")
    x = Input((12,))
    return Model(x, decoder(encoder(x)))


def mixed_precision():
    policy = "mixed_float16"
    x = Input((6, 6, 2))
    y = layers.Conv2D(4, 3, activation="relu", dtype=policy)(x)
    y = layers.BatchNormalization(dtype=policy)(y)
    y = layers.Flatten(dtype=policy)(y)
    return Model(x, layers.Dense(3, activation="softmax", dtype="float32")(y))


def brain_float_weights():
    return Sequential(
        [
            Input((8,), dtype="float32"),
            layers.Dense(6, activation="relu", dtype="bfloat16"),
            layers.Dense(3, dtype="bfloat16"),
        ]
    )


def normalized(x):
    return layers.ReLU()(layers.BatchNormalization()(x))


def tiny_resnet():
    image = Input((16, 16, 3))
    x = normalized(layers.Conv2D(8, 7, strides=2, padding="same")(image))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(layers.ZeroPadding2D(1)(x))
    for filters, strides in ((8, 1), (12, 2)):
        shortcut = layers.Conv2D(filters, 1, strides=strides)(x)
        y = normalized(layers.Conv2D(filters, 3, strides=strides, padding="same")(x))
        y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(y))
        x = layers.ReLU()(layers.Add()([y, layers.BatchNormalization()(shortcut)]))
    x = layers.GlobalAveragePooling2D()(x)
    return Model(image, layers.Dense(5, activation="softmax")(x))


def tiny_resnet_v2():
    """Normalization and activation before each convolution."""
    image = Input((12, 12, 3))
    x = layers.Conv2D(6, 3, padding="same")(image)
    for _ in range(2):
        y = layers.Conv2D(6, 3, padding="same", use_bias=False)(normalized(x))
        y = layers.Conv2D(6, 3, padding="same")(normalized(y))
        x = layers.Add()([x, y])
    return Model(image, layers.Dense(4)(layers.GlobalAveragePooling2D()(normalized(x))))


def tiny_mobilenet():
    image = Input((16, 16, 3))
    x = layers.ZeroPadding2D(((0, 1), (0, 1)))(image)
    x = layers.ReLU(6.0)(
        layers.BatchNormalization()(layers.Conv2D(6, 3, strides=2, use_bias=False)(x))
    )
    for filters in (6, 6, 8):
        y = layers.ReLU(6.0)(layers.BatchNormalization()(layers.Conv2D(12, 1, use_bias=False)(x)))
        y = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(y)
        y = layers.ReLU(6.0)(layers.BatchNormalization()(y))
        y = layers.BatchNormalization()(layers.Conv2D(filters, 1, use_bias=False)(y))
        x = layers.Add()([x, y]) if filters == 6 else y
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Reshape((5,))(layers.Conv2D(5, 1)(layers.Dropout(0.1)(x)))
    return Model(image, layers.Activation("softmax")(x))


def tiny_densenet():
    image = Input((12, 12, 3))
    x = layers.Conv2D(4, 3, padding="same", use_bias=False)(image)
    for _ in range(2):
        for _ in range(3):
            y = layers.Conv2D(4, 1, use_bias=False)(normalized(x))
            y = layers.Conv2D(3, 3, padding="same", use_bias=False)(normalized(y))
            x = layers.Concatenate()([x, y])
        x = layers.AveragePooling2D(2)(layers.Conv2D(5, 1, use_bias=False)(normalized(x)))
    return Model(image, layers.Dense(4)(layers.GlobalAveragePooling2D()(normalized(x))))


def tiny_unet():
    image = Input((16, 16, 1))
    skips, x = [], image
    for filters in (4, 6):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    for filters, skip in zip((6, 4), reversed(skips)):
        x = layers.Conv2DTranspose(filters, 2, strides=2, padding="same")(x)
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(
            layers.Concatenate()([skip, x])
        )
    return Model(image, layers.Conv2D(1, 1, activation="sigmoid")(x))


def tiny_inception():
    image = Input((9, 9, 3))
    x = normalized(layers.Conv2D(6, 3, use_bias=False)(image))
    narrow = normalized(layers.Conv2D(3, 1, use_bias=False)(x))
    tall = normalized(layers.Conv2D(3, (7, 1), padding="same", use_bias=False)(narrow))
    long = normalized(layers.Conv2D(4, (1, 7), padding="same", use_bias=False)(tall))
    pooled = layers.AveragePooling2D(3, strides=1, padding="same")(x)
    pooled = normalized(layers.Conv2D(2, 1, use_bias=False)(pooled))
    x = layers.Concatenate(axis=3)([narrow, long, pooled])
    return Model(image, layers.Dense(4)(layers.GlobalMaxPooling2D()(x)))


def tiny_squeeze_and_excite():
    image = Input((8, 8, 3))
    x = layers.Conv2D(8, 3, padding="same", activation="swish")(image)
    scale = layers.GlobalAveragePooling2D()(x)
    scale = layers.Reshape((1, 1, 8))(scale)
    scale = layers.Conv2D(2, 1, activation="swish")(scale)
    scale = layers.Conv2D(8, 1, activation="sigmoid")(scale)
    x = layers.Multiply()([x, scale])
    return Model(image, layers.Dense(4)(layers.Flatten()(x)))


def tiny_convnext():
    image = Input((8, 8, 3))
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Conv2D(6, 4, strides=4)(image))
    y = layers.DepthwiseConv2D(7, padding="same")(x)
    y = layers.Dense(12, activation="gelu")(layers.LayerNormalization(epsilon=1e-6)(y))
    x = layers.Add()([x, layers.Dense(6)(y)])
    return Model(image, layers.Dense(4)(layers.GlobalAveragePooling2D()(x)))


def tiny_xception():
    image = Input((9, 9, 3))
    x = normalized(layers.Conv2D(4, 3, strides=2)(image))
    shortcut = layers.Conv2D(6, 1, strides=2, padding="same")(x)
    y = layers.BatchNormalization()(layers.SeparableConv2D(6, 3, padding="same", use_bias=False)(x))
    y = layers.MaxPooling2D(3, strides=2, padding="same")(y)
    return Model(image, layers.Dense(3)(layers.Flatten()(layers.Add()([y, shortcut]))))


def tiny_shufflenet():
    """Grouped convolutions whose channels are shuffled by Reshape and Permute."""
    image = Input((6, 6, 4))
    x = layers.Conv2D(8, 1, groups=2)(image)
    x = layers.Reshape((6, 6, 2, 4))(x)
    x = layers.Reshape((6, 6, 8))(layers.Permute((1, 2, 4, 3))(x))
    return Model(image, layers.Conv2D(4, 3, groups=4, padding="same")(x))


def channels_first_network():
    first = "channels_first"
    image = Input((3, 10, 10))
    x = layers.Conv2D(4, 3, padding="same", data_format=first)(image)
    x = layers.ReLU()(layers.BatchNormalization(axis=1)(x))
    x = layers.MaxPooling2D(data_format=first)(x)
    x = layers.Conv2D(5, 3, data_format=first)(x)
    return Model(image, layers.Dense(3)(layers.Flatten(data_format=first)(x)))


def long_chain():
    x = Input((4,))
    y = x
    for _ in range(40):
        y = layers.Dense(4, activation="tanh")(y)
    return Model(x, y)


def many_branches():
    x = Input((6,))
    branches = [layers.Dense(3, activation="relu")(x) for _ in range(12)]
    return Model(x, layers.Dense(2)(layers.Concatenate()(branches)))


def similarities_of_two_towers():
    a, b = Input((6,)), Input((5,))
    of_a = layers.Dense(4)(a) @ keras.ops.transpose(layers.Dense(4)(b))
    return Model([a, b], [of_a, keras.ops.transpose(of_a)])


def mean_of_the_batch():
    x = Input((5,))
    return Model(x, keras.ops.mean(layers.Dense(3)(x), axis=0))


def loss_of_the_batch():
    x = Input((5,))
    return Model(x, keras.ops.mean(keras.ops.square(layers.Dense(3)(x))))


def rows_of_samples():
    x = Input((4, 5))
    return Model(x, keras.ops.reshape(layers.Dense(3)(x), (-1, 3)))


MODELS = (
    sequential_with_input,
    sequential_built_later,
    sequential_called,
    sequential_one_layer,
    sequential_one_dimensional,
    sequential_in_sequential,
    residual,
    residual_written_as_sum,
    residual_of_the_activated,
    convolution_used_twice,
    intermediate_output,
    input_is_output,
    sequential_in_functional,
    functional_in_functional,
    functional_in_functional_in_sequential,
    nested_with_two_inputs_and_outputs,
    nested_called_twice,
    shared_layer,
    shared_between_branches,
    shared_inside_a_nested_model,
    shared_nested_model_and_its_own_input,
    feature_extractor,
    shared_layer_gives_two_outputs,
    several_inputs_and_outputs,
    dictionary_inputs,
    dictionary_outputs,
    dictionary_of_both,
    one_input_in_a_list,
    unused_branch_removed,
    identifiers_and_numbers,
    autoencoder,
    mixed_precision,
    brain_float_weights,
    tiny_resnet,
    tiny_resnet_v2,
    tiny_mobilenet,
    tiny_densenet,
    tiny_unet,
    tiny_inception,
    tiny_squeeze_and_excite,
    tiny_convnext,
    tiny_xception,
    tiny_shufflenet,
    channels_first_network,
    long_chain,
    many_branches,
    mean_of_the_batch,
    loss_of_the_batch,
    rows_of_samples,
)

CASES = [
    *[Case(build.__name__, build) for build in MODELS],
    Case("sequential_convolutional", sequential_convolutional, mean=128.0, scale=60.0),
    Case("nested_image_backbone", nested_image_backbone, mean=128.0, scale=60.0),
    Case("free_spatial_shape", free_spatial_shape, actual=(7, 10, 3)),
    Case("free_spatial_shape_other", free_spatial_shape, actual=(12, 5, 3), rows=1),
    Case("free_length", free_length, actual=(9, 3)),
    Case("similarities_of_two_towers", similarities_of_two_towers, rows=3),
]
