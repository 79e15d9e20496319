"""Recurrent layers, their cells and wrappers, and the masks that they skip time steps by."""

from case import Case
from keras import Input, Model, Sequential, layers, ops
from keras.src.layers.rnn.conv_lstm import ConvLSTMCell

SEQUENCE = (5, 3)


def of_all_kinds(name, **arguments):
    """A case for each kind of layer."""
    shape = arguments.pop("shape", SEQUENCE)
    kinds = (layers.SimpleRNN, layers.LSTM, layers.GRU)
    return [
        Case(f"{kind.__name__.lower()}_{name}", kind(4, **arguments), shape=shape)
        for kind in kinds
    ]


def with_states(layer, *states):
    """Called on a sequence and initial states."""

    def apply(sequence, *initial):
        return layer(sequence, initial_state=list(initial))

    shapes = [SEQUENCE, *states]
    return apply, shapes


def state_case(name, layer, *states):
    apply, shapes = with_states(layer, *states)
    return Case(name, apply, shape=shapes)


def outputs_and_states(layer):
    def apply(sequence):
        return list(layer(sequence))

    return apply


def masked(layer, width=4):
    """Behind identifiers of which 0 is skipped: at the ends, in the middle, and whole rows."""

    def apply(identifiers):
        return layer(layers.Embedding(4, width, mask_zero=True)(identifiers))

    return apply


def mask_by_place(layer, *before):
    """The mask without its name, behind what else comes before it."""
    return lambda sequence, mask: layer(sequence, *before, mask > 0)


def masked_case(name, layer, **arguments):
    return Case(name, masked(layer), shape=(6,), dtype="int32", high=4, rows=5, **arguments)


def masked_through_layers(identifiers):
    x = layers.Embedding(4, 4, mask_zero=True)(identifiers)
    x = layers.Dropout(0.2)(layers.Dense(3, activation="relu")(x))
    x = layers.LSTM(4, return_sequences=True)(layers.LayerNormalization()(x))
    return layers.GRU(3)(layers.Activation("tanh")(x))


def mask_dropped_by_reshape(identifiers):
    x = layers.Embedding(4, 4, mask_zero=True)(identifiers)
    return layers.LSTM(3)(layers.Reshape((6, 4))(x))


def mask_joined_by_sum(identifiers, others):
    embed = layers.Embedding(3, 4, mask_zero=True)
    return layers.LSTM(3)(layers.Add()([embed(identifiers), embed(others)]))


def mask_lost_in_sum(identifiers, sequence):
    x = layers.Embedding(3, 4, mask_zero=True)(identifiers)
    return layers.LSTM(3)(layers.Add()([x, sequence]))


def masked_merges(identifiers, others, sequence):
    """Masked elements count for nothing in these, in Keras 3."""
    embed = layers.Embedding(3, 4, mask_zero=True)
    a, b = embed(identifiers), embed(others)
    kinds = (layers.Multiply, layers.Maximum, layers.Minimum)
    both = [kind()([a, b]) for kind in kinds]
    one = [kind()(pair) for kind in kinds for pair in ([a, sequence], [sequence, b])]
    return [*both, *one, layers.LSTM(2)(both[0]), layers.Maximum()([a, b, sequence])]


def mask_concatenated(identifiers, sequence):
    x = layers.Embedding(3, 4, mask_zero=True)(identifiers)
    return layers.GRU(3)(layers.Concatenate()([x, sequence]))


def mask_concatenated_in_time(identifiers, others):
    embed = layers.Embedding(3, 4, mask_zero=True)
    return layers.GRU(3)(layers.Concatenate(axis=1)([embed(identifiers), embed(others)]))


def mask_into_model(identifiers):
    inner = Input((6, 4))
    x = layers.LSTM(3, return_sequences=True)(layers.Dense(4)(inner))
    model = Model(inner, x)
    return layers.GRU(2)(model(layers.Embedding(4, 4, mask_zero=True)(identifiers)))


def mask_given(sequence, mask):
    return layers.LSTM(3)(sequence, mask=layers.Activation("linear")(mask) > 0)


def masked_sequential():
    return Sequential(
        [
            Input((6,), dtype="int32"),
            layers.Embedding(4, 4, mask_zero=True),
            layers.SpatialDropout1D(0.3),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.GRU(4, return_sequences=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(2),
        ]
    )


def masked_batch_normalization(identifiers):
    x = layers.Embedding(4, 4, mask_zero=True)(identifiers)
    return layers.SimpleRNN(3)(layers.BatchNormalization()(x))


def masking_zeros():
    """Integers as floats, some of which make whole steps of zeros."""
    x = Input((6, 2))
    steps = layers.Masking(mask_value=0.0)(layers.ReLU()(x))
    return Model(x, layers.LSTM(3, return_sequences=True)(steps))


def masking_alone():
    x = Input((6, 2))
    return Model(x, layers.Masking()(layers.ReLU()(x)))


def masking_other_value():
    x = Input((6, 1), dtype="int32")
    return Model(x, layers.GRU(3)(layers.Masking(mask_value=2)(x)))


def stack(**arguments):
    cells = [layers.LSTMCell(4), layers.GRUCell(3), layers.LSTMCell(2)]
    return layers.RNN(cells, **arguments)


def encoder_decoder():
    source, target = Input((5, 3)), Input((4, 2))
    _, hidden, carry = layers.LSTM(4, return_state=True)(source)
    x = layers.LSTM(4, return_sequences=True)(target, initial_state=[hidden, carry])
    return Model([source, target], layers.TimeDistributed(layers.Dense(3, activation="softmax"))(x))


def bidirectional_states():
    x = Input(SEQUENCE)
    encoded = layers.Bidirectional(layers.LSTM(3, return_sequences=True, return_state=True))(x)
    again = layers.Bidirectional(layers.LSTM(3), name="again")(
        encoded[0], initial_state=encoded[1:]
    )
    return Model(x, [again, *encoded[1:]])


def long_sequence(kind):
    return Sequential([Input((120, 5)), kind(24, return_sequences=True), kind(17), layers.Dense(3)])


def long_lstm():
    return long_sequence(layers.LSTM)


def long_gru():
    return long_sequence(layers.GRU)


def long_gru_reset_before():
    return Sequential([Input((110, 5)), layers.GRU(20, reset_after=False), layers.Dense(3)])


def free_length_lstm():
    return Sequential([Input((None, 3)), layers.LSTM(4, return_sequences=True), layers.GRU(3)])


def text_classifier():
    return Sequential(
        [
            Input((None,), dtype="int32"),
            layers.Embedding(20, 8),
            layers.Bidirectional(layers.LSTM(6)),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def small_image_model():
    image = Input((6, 5, 2))
    x = layers.Conv2D(3, 3, activation="relu")(image)
    x = layers.BatchNormalization()(layers.Conv2D(4, 2, padding="same")(x))
    return Model(image, layers.GlobalAveragePooling2D()(x))


def video():
    frames = Input((4, 6, 5, 2))
    x = layers.TimeDistributed(small_image_model())(frames)
    return Model(frames, layers.LSTM(3)(x))


def recurrent_inside_time_distributed():
    x = Input((3, 4, 2))
    return Model(x, layers.LSTM(3)(layers.TimeDistributed(layers.GRU(4))(x)))


def words_inside_time_distributed(*around):
    """Sentences of words, zero where there is none, each read by a layer that skips those."""

    def build():
        sentences = Input((3, 5), dtype="int32")
        words = layers.Embedding(4, 6, mask_zero=True)(sentences)
        x = words
        for layer in around:
            x = layers.TimeDistributed(layer)(x)
        return Model(sentences, x)

    return build


def masked_model_in_time_distributed():
    """Of whole sequences some steps are zeros, which the model in the wrapper is told."""
    inner = Sequential([Input((5, 2)), layers.Dense(3), layers.GRU(4)])
    x = Input((3, 5, 2))
    zeros = ops.where(x[:, :, :, :1] > 0, x, 0.0)
    return Model(x, layers.TimeDistributed(inner)(layers.Masking()(zeros)))


def convolutional_cell(rank, *arguments, shape, states, **options):
    """A cell called by itself. Keras writes it, but its config lacks what Keras reads it with."""

    def build():
        x = Input(shape, name="x")
        before = [Input(states, name="hidden"), Input(states, name="carry")]
        output, after = ConvLSTMCell(rank, *arguments, **options)(x, before)
        return Model([x, *before], [output, *after])

    return build


class UnreadableCase(Case):
    """A model that Keras cannot read again: what it answers is what it did before it was saved."""

    def read(self, model, path):
        return model


def sequential_in_time_distributed():
    inner = Sequential([Input((3,)), layers.Dense(4, activation="relu"), layers.Dense(2)])
    x = Input(SEQUENCE)
    return Model(x, layers.TimeDistributed(inner)(x))


def shared_recurrent():
    a, b = Input(SEQUENCE), Input(SEQUENCE)
    lstm = layers.Bidirectional(layers.LSTM(3))
    return Model([a, b], layers.Subtract()([lstm(a), lstm(b)]))


def nested_recurrent():
    inner = Input(SEQUENCE)
    model = Model(inner, layers.Bidirectional(layers.GRU(3, return_sequences=True))(inner))
    x = Input(SEQUENCE)
    return Model(x, layers.LSTM(2)(model(x)))


def stateful_layers():
    return Sequential(
        [
            Input(batch_shape=(2, None, 3)),
            layers.LSTM(4, stateful=True, return_sequences=True),
            stack(stateful=True, return_sequences=True),
            layers.GRU(3, stateful=True),
        ]
    )


def stateful_directions():
    x = Input(batch_shape=(2, 5, 3))
    layer = layers.Bidirectional(layers.SimpleRNN(3, stateful=True, return_sequences=True))
    return Model(x, layer(layer(x)[:, :, :3]))


def stateful_steps():
    """Keras runs the layer once for each time step, and its states go on from one to the next."""
    x = Input(batch_shape=(2, 3, 4, 2))
    y = layers.TimeDistributed(layers.GRU(3, stateful=True, return_sequences=True))(x)
    return Model(x, layers.TimeDistributed(layers.LSTM(4, stateful=True))(y))


def stateful_images():
    x = Input(batch_shape=(2, 3, 5, 4, 2))
    return Model(x, layers.ConvLSTM2D(2, 3, stateful=True)(x))


MODELS = (
    masking_zeros,
    masking_alone,
    masking_other_value,
    encoder_decoder,
    bidirectional_states,
    long_lstm,
    long_gru,
    long_gru_reset_before,
    video,
    recurrent_inside_time_distributed,
    sequential_in_time_distributed,
    shared_recurrent,
    nested_recurrent,
)

LEGACY = (
    encoder_decoder,
    bidirectional_states,
    video,
    sequential_in_time_distributed,
    shared_recurrent,
    nested_recurrent,
)


def stacked_model():
    x = Input(SEQUENCE)
    return Model(x, stack()(layers.Bidirectional(stack(return_sequences=True))(x)))


def conv_lstm(rank, filters=2, **arguments):
    return getattr(layers, f"ConvLSTM{rank}D")(filters, 3, **arguments)


def conv_cases():
    images = {1: (3, 6, 2), 2: (3, 6, 5, 2), 3: (2, 4, 5, 4, 2)}
    for rank, shape in images.items():
        name = f"conv_lstm{rank}d"
        yield Case(name, conv_lstm(rank), shape=shape)
        yield Case(
            f"{name}_same_sequences",
            conv_lstm(rank, padding="same", return_sequences=True),
            shape=shape,
        )
        yield Case(
            f"{name}_strides_backwards",
            conv_lstm(rank, strides=2, go_backwards=True, return_sequences=True),
            shape=shape,
        )
    yield Case(
        "conv_lstm2d_dilation", conv_lstm(2, dilation_rate=2, padding="same"), shape=images[2]
    )
    yield Case("conv_lstm2d_without_bias", conv_lstm(2, use_bias=False), shape=images[2])
    yield Case(
        "conv_lstm2d_activations",
        conv_lstm(2, activation="relu", recurrent_activation="hard_sigmoid"),
        shape=images[2],
    )
    yield Case(
        "conv_lstm2d_channels_first",
        conv_lstm(2, filters=3, data_format="channels_first", return_sequences=True),
        shape=(3, 2, 6, 5),
    )
    yield Case(
        "conv_lstm2d_states",
        outputs_and_states(conv_lstm(2, return_state=True, return_sequences=True)),
        shape=images[2],
    )
    yield Case(
        "conv_lstm2d_bidirectional",
        layers.Bidirectional(conv_lstm(2, padding="same", return_sequences=True)),
        shape=images[2],
    )


def wrapped_cases():
    for mode in ("concat", "sum", "mul", "ave", None):
        for sequences in (False, True):
            name = f"bidirectional_{mode or 'none'}" + ("_sequences" if sequences else "")
            layer = layers.Bidirectional(
                layers.LSTM(3, return_sequences=sequences), merge_mode=mode
            )
            subject = layer if mode else outputs_and_states(layer)
            yield Case(name, subject, shape=SEQUENCE)
    for kind in (layers.SimpleRNN, layers.GRU):
        layer = layers.Bidirectional(kind(3, return_sequences=True))
        yield Case(f"bidirectional_{kind.__name__.lower()}", layer, shape=SEQUENCE)
    yield Case(
        "bidirectional_other_backward_layer",
        layers.Bidirectional(
            layers.LSTM(3, return_sequences=True),
            backward_layer=layers.GRU(2, return_sequences=True, go_backwards=True),
        ),
        shape=SEQUENCE,
    )
    yield Case(
        "bidirectional_states_of_gru",
        outputs_and_states(layers.Bidirectional(layers.GRU(3, return_state=True))),
        shape=SEQUENCE,
    )
    yield Case(
        "bidirectional_stacked_cells",
        layers.Bidirectional(stack(return_sequences=True)),
        shape=SEQUENCE,
    )
    for name, layer, shape in (
        ("dense", layers.Dense(4, activation="relu"), SEQUENCE),
        ("convolution", layers.Conv2D(3, 2, activation="relu"), (3, 5, 4, 2)),
        ("pooling", layers.MaxPooling2D(), (3, 5, 4, 2)),
        ("flatten", layers.Flatten(), (3, 2, 4)),
        ("softmax", layers.Activation("softmax"), SEQUENCE),
        ("normalization", layers.BatchNormalization(), SEQUENCE),
        ("dropout", layers.Dropout(0.4), SEQUENCE),
        ("sequences", layers.LSTM(2, return_sequences=True), (3, 4, 2)),
        ("twice", layers.TimeDistributed(layers.Dense(2)), (3, 4, 2)),
        ("convolution_twice", layers.TimeDistributed(layers.Conv1D(2, 2)), (2, 3, 4, 2)),
    ):
        yield Case(f"time_distributed_{name}", layers.TimeDistributed(layer), shape=shape)


CASES = [
    *of_all_kinds("last"),
    *of_all_kinds("sequences", return_sequences=True),
    *of_all_kinds("backwards", go_backwards=True),
    *of_all_kinds("backwards_sequences", go_backwards=True, return_sequences=True),
    *of_all_kinds("without_bias", use_bias=False),
    *of_all_kinds("relu", activation="relu"),
    *of_all_kinds("linear", activation=None),
    *of_all_kinds("softmax", activation="softmax", return_sequences=True),
    *of_all_kinds("leaky", activation=layers.LeakyReLU(0.2)),
    *of_all_kinds("unrolled", unroll=True, return_sequences=True),
    *of_all_kinds("dropout", dropout=0.2, recurrent_dropout=0.3),
    *of_all_kinds("one_step", shape=(1, 3)),
    *of_all_kinds("one_feature", shape=(7, 1)),
    Case("lstm_hard_sigmoid", layers.LSTM(4, recurrent_activation="hard_sigmoid"), shape=SEQUENCE),
    Case("lstm_softmax_gates", layers.LSTM(4, recurrent_activation="softmax"), shape=SEQUENCE),
    Case("lstm_wide", layers.LSTM(19, return_sequences=True), shape=(4, 23)),
    Case("gru_wide", layers.GRU(19, return_sequences=True), shape=(4, 23)),
    Case("gru_reset_before", layers.GRU(4, reset_after=False), shape=SEQUENCE),
    Case(
        "gru_reset_before_without_bias",
        layers.GRU(4, reset_after=False, use_bias=False, return_sequences=True),
        shape=SEQUENCE,
    ),
    Case(
        "gru_reset_before_softmax",
        layers.GRU(4, reset_after=False, activation="softmax"),
        shape=SEQUENCE,
    ),
    Case(
        "gru_activations",
        layers.GRU(4, activation="elu", recurrent_activation="hard_sigmoid"),
        shape=SEQUENCE,
    ),
    Case("lstm_many_rows", layers.LSTM(4), shape=SEQUENCE, rows=47),
    Case("lstm_states", outputs_and_states(layers.LSTM(4, return_state=True)), shape=SEQUENCE),
    Case(
        "gru_states",
        outputs_and_states(layers.GRU(4, return_state=True, return_sequences=True)),
        shape=SEQUENCE,
    ),
    state_case("lstm_initial_states", layers.LSTM(4), (4,), (4,)),
    state_case("gru_initial_state", layers.GRU(4, return_sequences=True), (4,)),
    state_case("simplernn_initial_state", layers.SimpleRNN(4, go_backwards=True), (4,)),
    state_case("lstm_softmax_initial_states", layers.LSTM(4, activation="softmax"), (4,), (4,)),
    state_case("bidirectional_initial_states", layers.Bidirectional(layers.GRU(3)), (3,), (3,)),
    *[
        masked_case(f"masked_{kind.__name__.lower()}{'_sequences' if sequences else ''}", layer)
        for kind in (layers.SimpleRNN, layers.LSTM, layers.GRU)
        for sequences in (False, True)
        for layer in [kind(4, return_sequences=sequences)]
    ],
    masked_case("masked_lstm_backwards", layers.LSTM(4, go_backwards=True)),
    masked_case(
        "masked_lstm_backwards_sequences",
        layers.LSTM(4, go_backwards=True, return_sequences=True),
    ),
    masked_case("masked_lstm_softmax", layers.LSTM(4, activation="softmax", return_sequences=True)),
    masked_case("masked_lstm_zeros", layers.LSTM(4, zero_output_for_mask=True)),
    masked_case(
        "masked_gru_zeros_sequences",
        layers.GRU(4, zero_output_for_mask=True, return_sequences=True),
    ),
    masked_case(
        "masked_lstm_unrolled_zeros",
        layers.LSTM(4, zero_output_for_mask=True, return_sequences=True, unroll=True),
    ),
    masked_case("masked_lstm_unrolled", layers.LSTM(4, unroll=True)),
    masked_case("masked_bidirectional", layers.Bidirectional(layers.LSTM(3))),
    masked_case(
        "masked_bidirectional_sequences",
        layers.Bidirectional(layers.GRU(3, return_sequences=True)),
    ),
    masked_case("masked_stacked_cells", stack()),
    masked_case("masked_stacked_cells_sequences", stack(return_sequences=True, go_backwards=True)),
    masked_case("masked_average", layers.GlobalAveragePooling1D()),
    *[
        Case(name, mask_by_place(layer, *before), shape=[SEQUENCE, SEQUENCE[:1]])
        for name, layer, before in (
            ("masked_by_place_average", layers.GlobalAveragePooling1D(), ()),
            ("masked_by_place_lstm", layers.LSTM(4), (None,)),
            ("masked_by_place_bidirectional", layers.Bidirectional(layers.GRU(3)), (None,)),
        )
    ],
    Case(
        "bidirectional_turned",
        layers.Bidirectional(
            layers.GRU(3, return_sequences=True, go_backwards=True),
            backward_layer=layers.GRU(3, return_sequences=True),
        ),
        shape=SEQUENCE,
    ),
    masked_case("masked_time_distributed", layers.TimeDistributed(layers.Dense(3))),
    *[
        Case(f"masked_words_{name}", words_inside_time_distributed(*around), high=4, rows=4)
        for name, *around in (
            ("lstm", layers.LSTM(3)),
            ("bidirectional", layers.Bidirectional(layers.GRU(3, return_sequences=True))),
            ("twice", layers.Dense(4), layers.SimpleRNN(3, go_backwards=True)),
            ("average", layers.GlobalAveragePooling1D()),
        )
    ],
    Case("masked_model_in_time_distributed", masked_model_in_time_distributed, rows=4),
    UnreadableCase(
        "conv_lstm_cell1d", convolutional_cell(1, 3, 2, shape=(6, 2), states=(5, 3))
    ),
    UnreadableCase(
        "conv_lstm_cell2d",
        convolutional_cell(
            2, 3, 3, strides=2, activation="relu", use_bias=False, shape=(7, 6, 2), states=(3, 2, 3)
        ),
    ),
    UnreadableCase(
        "conv_lstm_cell3d",
        convolutional_cell(
            3, 2, 2, padding="same", dilation_rate=2, shape=(3, 4, 2, 2), states=(3, 4, 2, 2)
        ),
    ),
    *[
        Case(function.__name__, function, shape=(6,), dtype="int32", high=4, rows=4)
        for function in (
            masked_through_layers,
            mask_dropped_by_reshape,
            mask_into_model,
            masked_batch_normalization,
        )
    ],
    *[
        Case(function.__name__, function, shape=[(6,), (6,)], dtype="int32", high=3, rows=5)
        for function in (mask_joined_by_sum, mask_concatenated_in_time)
    ],
    *[
        Case(
            function.__name__,
            function,
            shape=[(6,), (6, 4)],
            dtype=("int32", "float32"),
            high=3,
            rows=4,
        )
        for function in (mask_lost_in_sum, mask_concatenated)
    ],
    Case(
        "masked_merges",
        masked_merges,
        shape=[(6,), (6,), (6, 4)],
        dtype=("int32", "int32", "float32"),
        high=3,
        rows=5,
    ),
    Case("mask_given", mask_given, shape=[(6, 4), (6,)], rows=4),
    *[
        Case(f"rnn_of_{cell.__class__.__name__.lower()}", layers.RNN(cell), shape=SEQUENCE)
        for cell in (
            layers.SimpleRNNCell(4),
            layers.LSTMCell(4),
            layers.GRUCell(4),
        )
    ],
    Case(
        "rnn_of_gru_cell_reset_before",
        layers.RNN(layers.GRUCell(4, reset_after=False), return_sequences=True),
        shape=SEQUENCE,
    ),
    Case("stacked_cells", stack(), shape=SEQUENCE),
    Case("stacked_cells_backwards", stack(go_backwards=True, return_sequences=True), shape=SEQUENCE),
    Case("stacked_cells_states", stack(return_sequences=True), shape=SEQUENCE),
    Case(
        "stacked_cells_with_softmax",
        layers.RNN([layers.LSTMCell(3, activation="softmax"), layers.GRUCell(2)]),
        shape=SEQUENCE,
    ),
    *wrapped_cases(),
    *conv_cases(),
    *[Case(build.__name__, build) for build in MODELS],
    Case("masked_sequential", masked_sequential, high=4),
    Case("masked_sequential_h5", masked_sequential, high=4, file="model.h5"),
    Case("stateful_layers", stateful_layers, actual=(6, 3), rows=2),
    Case("stateful_steps", stateful_steps, actual=(3, 4, 2), rows=2),
    Case("stateful_layers_h5", stateful_layers, actual=(6, 3), rows=2, file="model.h5"),
    Case("stateful_directions", stateful_directions, rows=2),
    Case("stateful_images", stateful_images, rows=2),
    Case("stacked_cells_model", stacked_model),
    Case("free_length_lstm", free_length_lstm, actual=(7, 3)),
    Case("free_length_lstm_other", free_length_lstm, actual=(3, 3)),
    Case("text_classifier", text_classifier, actual=(9,), high=20),
    *[Case(f"{build.__name__}_h5", build, file="model.h5") for build in LEGACY],
    Case("stacked_cells_model_h5", stacked_model, file="model.h5"),
    Case(
        "rnn_of_lstm_cell_h5",
        lambda: Model(x := Input(SEQUENCE), layers.RNN(layers.LSTMCell(4))(x)),
        file="model.h5",
    ),
    Case(
        "conv_lstm2d_h5",
        lambda: Sequential([Input((3, 5, 5, 2)), layers.ConvLSTM2D(2, 3)]),
        file="model.h5",
    ),
]
