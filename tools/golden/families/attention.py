"""Attention: one head or several, masks of all kinds, scores."""

from case import Case
from keras import Input, Model, layers

QUERY, VALUE, KEY = (5, 6), (4, 6), (4, 6)
IDENTIFIERS = (5,)


def multi_head(heads=2, size=3, **arguments):
    return layers.MultiHeadAttention(heads, size, **arguments)


def grouped(size=3, heads=4, key_heads=2, **arguments):
    return layers.GroupQueryAttention(size, heads, key_heads, **arguments)


def called(layer, **arguments):
    """On a query and a value, and a key where there is one."""

    def apply(query, value, *key):
        outputs = layer(query, value, *key, **arguments)
        return list(outputs) if isinstance(outputs, (list, tuple)) else outputs

    return apply


def on_one(layer, **arguments):
    def apply(x):
        outputs = layer(x, x, **arguments)
        return list(outputs) if isinstance(outputs, (list, tuple)) else outputs

    return apply


def listed(layer, **arguments):
    """The older layers, on a list."""

    def apply(*inputs):
        outputs = layer(list(inputs), **arguments)
        return list(outputs) if isinstance(outputs, (list, tuple)) else outputs

    return apply


def pair_case(name, layer, shapes=(QUERY, VALUE), **arguments):
    return Case(name, called(layer, **arguments), shape=list(shapes))


def with_mask(layer, **arguments):
    """The last input, where it is above 0, as `attention_mask`."""

    def apply(query, value, mask):
        outputs = layer(query, value, attention_mask=mask > 0, **arguments)
        return list(outputs) if isinstance(outputs, (list, tuple)) else outputs

    return apply


def mask_case(name, layer, mask, shapes=(QUERY, VALUE), **arguments):
    return Case(name, with_mask(layer, **arguments), shape=[*shapes, mask], mean=0.4)


def embedded(high, width=6):
    return layers.Embedding(high, width, mask_zero=True)


def implicit(layer, *, masked, **arguments):
    """Of query, value and key those named in `masked` have masks of their own."""

    def apply(*identifiers):
        tensors = []
        for role, ids in zip("qvk", identifiers):
            tensor = layers.Embedding(4, 6, mask_zero=role in masked)(ids)
            tensors.append(tensor)
        outputs = layer(*tensors, **arguments)
        return list(outputs) if isinstance(outputs, (list, tuple)) else outputs

    return apply


def implicit_case(name, layer, masked, count=2, **arguments):
    return Case(
        name,
        implicit(layer, masked=masked, **arguments),
        shape=[(5,), (4,), (4,)][:count],
        dtype="int32",
        high=4,
        rows=5,
    )


def with_given_masks(layer, *roles, **arguments):
    def apply(query, value, *masks):
        given = {f"{role}_mask": mask > 0 for role, mask in zip(roles, masks)}
        return layer(query, value, **given, **arguments)

    return apply


def listed_with_masks(layer, roles, **arguments):
    def apply(query, value, *masks):
        given = dict(zip(roles, (mask > 0 for mask in masks)))
        mask = [given.get("q"), given.get("v")]
        outputs = layer([query, value], mask=mask, **arguments)
        return list(outputs) if isinstance(outputs, (list, tuple)) else outputs

    return apply


def listed_masks_case(name, layer, roles, **arguments):
    sizes = {"q": (5,), "v": (4,)}
    return Case(
        name,
        listed_with_masks(layer, roles, **arguments),
        shape=[QUERY, VALUE, *(sizes[role] for role in roles)],
        mean=0.3,
    )


def listed_implicit(layer, **arguments):
    def apply(a, b):
        return layer([embedded(4)(a), embedded(4)(b)], **arguments)

    return apply


def output_mask(layer, call):
    """The layer's result has the query's mask, which the pooling reads."""

    def apply(a, b):
        x = call(layer, embedded(3)(a), layers.Embedding(3, 6)(b))
        return layers.GlobalAveragePooling1D()(x)

    return Case(
        f"{layer.__class__.__name__.lower()}_hands_its_mask_on",
        apply,
        shape=[(5,), (4,)],
        dtype="int32",
        high=3,
        rows=4,
    )


def transformer_block(identifiers):
    """The mask goes through the attention and beside it."""
    x = embedded(4)(identifiers)
    x = layers.LayerNormalization()(layers.Add()([x, multi_head()(x, x)]))
    return layers.GlobalAveragePooling1D()(x)


def grouped_block(identifiers):
    x = embedded(4)(identifiers)
    x = layers.LayerNormalization()(layers.Add()([x, grouped()(x, x)]))
    return layers.GlobalAveragePooling1D()(x)


def block_behind_dropout(identifiers):
    x = embedded(4)(identifiers)
    y = layers.Dropout(0.1)(x)
    y = multi_head(dropout=0.1)(y, y)
    return layers.GlobalAveragePooling1D()(layers.Add()([x, y]))


def decoder(identifiers, others):
    x = embedded(4)(identifiers)
    memory = layers.Dense(6)(embedded(4)(others))
    x = layers.Add()([x, multi_head()(x, x, use_causal_mask=True)])
    x = layers.LayerNormalization()(x)
    x = layers.Add()([x, multi_head(3, 2)(x, memory)])
    return layers.LSTM(3)(layers.LayerNormalization()(x))


def vision_transformer():
    image = Input((12, 8, 3))
    x = layers.Conv2D(8, 4, strides=4)(image)
    x = layers.Reshape((6, 8))(x)
    for _ in range(2):
        y = layers.LayerNormalization()(x)
        x = layers.Add()([x, multi_head(4, 2)(y, y)])
        y = layers.Dense(12, activation="gelu")(layers.LayerNormalization()(x))
        x = layers.Add()([x, layers.Dense(8)(y)])
    return Model(image, layers.Dense(3)(layers.GlobalAveragePooling1D()(x)))


def shared_attention(query, value):
    layer = multi_head()
    return layers.Concatenate()([layer(query, value), layer(query, query)])


def by_name(query, value, key):
    return multi_head(value_dim=4)(value=value, key=key, query=query)


def masked_softmax(**arguments):
    def apply(x, mask):
        return layers.Softmax(**arguments)(x, mask=mask > 0)

    return apply


def masked_softmax_of_numbers(x, mask):
    return layers.Softmax()(x, mask=mask)


CASES = [
    pair_case("multi_head", multi_head()),
    Case("multi_head_on_itself", on_one(multi_head()), shape=QUERY),
    pair_case("multi_head_one", multi_head(1, 4)),
    pair_case("multi_head_key", multi_head(), shapes=(QUERY, VALUE, KEY)),
    pair_case("multi_head_widths", multi_head(), shapes=((5, 7), (4, 3), (4, 2))),
    Case("multi_head_by_name", by_name, shape=[QUERY, VALUE, KEY]),
    pair_case("multi_head_value_dim", multi_head(3, 4, value_dim=5)),
    pair_case("multi_head_output_shape", multi_head(output_shape=7)),
    pair_case("multi_head_output_shape_two", multi_head(output_shape=(2, 3))),
    pair_case("multi_head_no_bias", multi_head(use_bias=False)),
    pair_case("multi_head_gate", multi_head(use_gate=True, value_dim=2)),
    pair_case("multi_head_gate_no_bias", multi_head(use_gate=True, use_bias=False)),
    pair_case("multi_head_dropout", multi_head(dropout=0.3)),
    pair_case("multi_head_scores", multi_head(), return_attention_scores=True),
    pair_case("multi_head_causal", multi_head(), use_causal_mask=True),
    pair_case("multi_head_causal_long_value", multi_head(), ((3, 6), (7, 6)), use_causal_mask=True),
    pair_case(
        "multi_head_causal_scores",
        multi_head(),
        use_causal_mask=True,
        return_attention_scores=True,
    ),
    pair_case("multi_head_causal_dropout", multi_head(dropout=0.1), use_causal_mask=True),
    pair_case("multi_head_window", multi_head(sliding_window=2), ((7, 6), (8, 6))),
    pair_case(
        "multi_head_window_causal",
        multi_head(sliding_window=3),
        ((7, 6), (8, 6)),
        use_causal_mask=True,
        return_attention_scores=True,
    ),
    pair_case("multi_head_window_leaves_nothing", multi_head(sliding_window=1), ((9, 6), (3, 6))),
    pair_case("multi_head_long", multi_head(2, 5), ((70, 12), (90, 12))),
    pair_case("multi_head_single_query", multi_head(2, 8), ((1, 6), (33, 6))),
    pair_case("multi_head_single_key", multi_head(), ((5, 6), (1, 6))),
    mask_case("multi_head_mask", multi_head(), (5, 4)),
    mask_case("multi_head_mask_of_heads", multi_head(), (2, 5, 4)),
    mask_case("multi_head_mask_for_all_heads", multi_head(), (1, 5, 4)),
    mask_case("multi_head_mask_of_keys", multi_head(), (1, 4)),
    mask_case("multi_head_mask_of_queries", multi_head(), (5, 1)),
    mask_case("multi_head_mask_scores", multi_head(), (5, 4), return_attention_scores=True),
    mask_case("multi_head_mask_dropout", multi_head(dropout=0.2), (5, 4)),
    mask_case("multi_head_mask_causal", multi_head(), (5, 4), use_causal_mask=True),
    mask_case("multi_head_mask_window", multi_head(sliding_window=2), (5, 4)),
    implicit_case("multi_head_masked_query", multi_head(), "q"),
    implicit_case("multi_head_masked_value", multi_head(), "v"),
    implicit_case("multi_head_masked_both", multi_head(), "qv"),
    implicit_case("multi_head_masked_key", multi_head(), "k", 3),
    implicit_case("multi_head_masked_all", multi_head(), "qvk", 3, use_causal_mask=True),
    implicit_case("multi_head_masked_scores", multi_head(), "qv", return_attention_scores=True),
    implicit_case("multi_head_masked_causal", multi_head(), "v", use_causal_mask=True),
    Case(
        "multi_head_given_masks",
        with_given_masks(multi_head(), "value"),
        shape=[QUERY, VALUE, (4,)],
        mean=0.3,
    ),
    Case(
        "multi_head_given_query_mask",
        with_given_masks(multi_head(), "query", "value"),
        shape=[QUERY, VALUE, (5,), (4,)],
        mean=0.3,
    ),
    pair_case("multi_head_images", multi_head(), ((3, 4, 6), (2, 5, 6))),
    pair_case(
        "multi_head_images_scores",
        multi_head(),
        ((3, 4, 6), (2, 5, 6)),
        return_attention_scores=True,
    ),
    pair_case("multi_head_axis", multi_head(attention_axes=2), ((3, 4, 6), (3, 5, 6))),
    pair_case("multi_head_axis_from_end", multi_head(attention_axes=-2), ((3, 4, 6), (3, 5, 6))),
    pair_case("multi_head_first_axis", multi_head(attention_axes=1), ((3, 4, 6), (5, 4, 6))),
    pair_case(
        "multi_head_first_axis_scores",
        multi_head(attention_axes=(1,)),
        ((3, 4, 6), (5, 4, 6)),
        return_attention_scores=True,
    ),
    pair_case(
        "multi_head_axes",
        multi_head(attention_axes=(2, 3)),
        ((2, 3, 4, 5), (2, 2, 3, 5)),
        return_attention_scores=True,
    ),
    pair_case(
        "multi_head_axes_apart",
        multi_head(attention_axes=(1, 3), use_gate=True),
        ((2, 3, 4, 5), (3, 3, 2, 5)),
    ),
    pair_case(
        "multi_head_axes_turned",
        multi_head(attention_axes=(2, 1)),
        ((3, 4, 6), (2, 5, 6)),
        return_attention_scores=True,
    ),
    pair_case(
        "multi_head_first_axis_causal",
        multi_head(attention_axes=1),
        ((4, 3, 6), (5, 3, 6)),
        use_causal_mask=True,
    ),
    pair_case(
        "multi_head_first_axis_window",
        multi_head(attention_axes=1, sliding_window=2),
        ((5, 2, 6), (6, 2, 6)),
        return_attention_scores=True,
    ),
    pair_case(
        "multi_head_axis_causal",
        multi_head(attention_axes=2),
        ((3, 3, 6), (3, 3, 6)),
        use_causal_mask=True,
    ),
    mask_case(
        "multi_head_first_axis_mask_causal",
        multi_head(attention_axes=1, sliding_window=3),
        (5, 5),
        ((5, 2, 6), (5, 2, 6)),
        use_causal_mask=True,
    ),
    mask_case(
        "multi_head_axis_mask",
        multi_head(attention_axes=2),
        (3, 4, 5),
        ((3, 4, 6), (3, 5, 6)),
    ),
    mask_case(
        "multi_head_images_mask",
        multi_head(),
        (3, 4, 2, 5),
        ((3, 4, 6), (2, 5, 6)),
    ),
    Case("multi_head_shared", shared_attention, shape=[QUERY, QUERY]),
    pair_case("group_query", grouped()),
    pair_case("group_query_key", grouped(), shapes=(QUERY, VALUE, (4, 5))),
    pair_case("group_query_all_share", grouped(key_heads=1)),
    pair_case("group_query_none_share", grouped(key_heads=4)),
    pair_case("group_query_no_bias", grouped(use_bias=False)),
    pair_case("group_query_gate", grouped(use_gate=True)),
    pair_case("group_query_dropout", grouped(dropout=0.4)),
    pair_case("group_query_scores", grouped(), return_attention_scores=True),
    pair_case("group_query_causal", grouped(), use_causal_mask=True),
    pair_case("group_query_window", grouped(sliding_window=2), ((7, 6), (8, 6))),
    pair_case(
        "group_query_window_causal",
        grouped(sliding_window=2),
        ((7, 6), (8, 6)),
        use_causal_mask=True,
    ),
    mask_case("group_query_mask", grouped(), (5, 4)),
    mask_case("group_query_mask_of_heads", grouped(), (4, 5, 4)),
    mask_case("group_query_mask_scores", grouped(), (5, 4), return_attention_scores=True),
    implicit_case("group_query_masked", grouped(), "qv"),
    implicit_case("group_query_masked_all", grouped(), "qvk", 3, use_causal_mask=True),
    Case(
        "group_query_given_masks",
        with_given_masks(grouped(), "query", "value"),
        shape=[QUERY, VALUE, (5,), (4,)],
        mean=0.3,
    ),
    Case("attention", listed(layers.Attention()), shape=[QUERY, VALUE]),
    Case("attention_key", listed(layers.Attention()), shape=[QUERY, (4, 3), KEY]),
    Case("attention_scale", listed(layers.Attention(use_scale=True)), shape=[QUERY, VALUE]),
    Case("attention_concat", listed(layers.Attention(score_mode="concat")), shape=[QUERY, VALUE]),
    Case(
        "attention_concat_scale",
        listed(layers.Attention(score_mode="concat", use_scale=True)),
        shape=[QUERY, VALUE, KEY],
    ),
    Case("attention_dropout", listed(layers.Attention(dropout=0.5)), shape=[QUERY, VALUE]),
    Case(
        "attention_scores",
        listed(layers.Attention(), return_attention_scores=True),
        shape=[QUERY, VALUE],
    ),
    Case(
        "attention_causal", listed(layers.Attention(), use_causal_mask=True), shape=[QUERY, VALUE]
    ),
    Case("attention_four_axes", listed(layers.Attention()), shape=[(2, 5, 6), (2, 4, 6)]),
    listed_masks_case("attention_mask", layers.Attention(), "qv"),
    listed_masks_case("attention_mask_of_value", layers.Attention(), "v"),
    listed_masks_case("attention_mask_of_query", layers.Attention(), "q"),
    listed_masks_case("attention_mask_causal", layers.Attention(), "qv", use_causal_mask=True),
    listed_masks_case(
        "attention_mask_scores", layers.Attention(), "qv", return_attention_scores=True
    ),
    Case(
        "attention_masked",
        listed_implicit(layers.Attention()),
        shape=[(5,), (4,)],
        dtype="int32",
        high=4,
        rows=5,
    ),
    Case("additive_attention", listed(layers.AdditiveAttention()), shape=[QUERY, VALUE]),
    Case("additive_attention_key", listed(layers.AdditiveAttention()), shape=[QUERY, (4, 3), KEY]),
    Case(
        "additive_attention_no_scale",
        listed(layers.AdditiveAttention(use_scale=False)),
        shape=[QUERY, VALUE],
    ),
    Case(
        "additive_attention_scores",
        listed(layers.AdditiveAttention(), return_attention_scores=True),
        shape=[(33, 9), (37, 9)],
    ),
    Case(
        "additive_attention_causal",
        listed(layers.AdditiveAttention(dropout=0.1), use_causal_mask=True),
        shape=[QUERY, VALUE],
    ),
    listed_masks_case("additive_attention_mask", layers.AdditiveAttention(), "qv"),
    Case(
        "additive_attention_masked",
        listed_implicit(layers.AdditiveAttention()),
        shape=[(5,), (4,)],
        dtype="int32",
        high=4,
        rows=5,
    ),
    output_mask(multi_head(), lambda layer, q, v: layer(q, v)),
    output_mask(grouped(), lambda layer, q, v: layer(q, v)),
    output_mask(layers.Attention(), lambda layer, q, v: layer([q, v])),
    Case("masked_softmax", masked_softmax(), shape=[(4, 5), (4, 5)]),
    Case("masked_softmax_repeated", masked_softmax(), shape=[(4, 5), (1, 5)]),
    Case("masked_softmax_axis", masked_softmax(axis=1), shape=[(4, 5), (4, 5)]),
    Case("masked_softmax_axes", masked_softmax(axis=[1, 2]), shape=[(4, 5), (4, 5)]),
    Case("masked_softmax_of_numbers", masked_softmax_of_numbers, shape=[(4, 5), (4, 5)], mean=0.6),
    Case("transformer_block", transformer_block, shape=(6,), dtype="int32", high=4, rows=5),
    Case("grouped_block", grouped_block, shape=(6,), dtype="int32", high=4, rows=5),
    Case("block_behind_dropout", block_behind_dropout, shape=(6,), dtype="int32", high=4, rows=5),
    Case("decoder", decoder, shape=[(6,), (5,)], dtype="int32", high=4, rows=5),
    Case("vision_transformer", vision_transformer),
    Case(
        "multi_head_legacy_file",
        called(multi_head(use_gate=True)),
        shape=[QUERY, VALUE],
        file="model.h5",
    ),
    Case("group_query_legacy_file", called(grouped()), shape=[QUERY, VALUE], file="model.h5"),
    Case(
        "attention_legacy_file",
        listed(layers.Attention(use_scale=True, score_mode="concat")),
        shape=[QUERY, VALUE],
        file="model.h5",
    ),
]
