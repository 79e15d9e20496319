"""Good archives with a spoilt config.json."""

import copy

from case import (
    GOOD_CONFIG,
    beyond_limit,
    call,
    dense,
    functional,
    input_layer,
    json_bytes,
    keras_file,
    layer,
    legacy_file,
    malformed,
    sequential,
    tensor,
    unsupported,
)

IN, OUT = ["in", 0, 0], ["dense", 0, 0]


def with_value(text):
    """The good config with a number replaced by text that need not be JSON."""
    good = json_bytes(GOOD_CONFIG)
    return good.replace(b'"units": 2', b'"units": ' + text)


def graph(*layers, outputs=OUT):
    return functional([input_layer(calls=[]), *layers], IN, outputs)


def exploding(depth):
    """Each model calls the one inside it twice: 2^depth calls from a few kilobytes."""
    inner = graph(dense(calls=[call("in")]))
    for level in range(depth):
        calls = [{"args": [tensor("in")], "kwargs": {}}, {"args": [tensor("again")], "kwargs": {}}]
        calls[1]["args"] = [tensor("inner")]
        inner |= {"name": "inner", "inbound_nodes": calls}
        inner = graph(inner, outputs=["inner", 1, 0])
        inner["config"]["name"] = f"level_{level}"
    return inner


def long_chain_of_cycles(length):
    names = [f"dense_{i}" for i in range(length)]
    layers = [dense(name, [call(names[i - 1])]) for i, name in enumerate(names)]
    return graph(*layers, outputs=["dense_0", 0, 0])


def without(*keys):
    config = copy.deepcopy(graph(dense(calls=[call("in")])))
    for key in keys:
        del config["config"][key]
    return config


def marshalled_lambda():
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAAAAAAAAAAAAAEAAAACAAAAQw=="}}
    return layer("Lambda", "code", function=code, arguments={})


def config_case(make, name, config, phrase, stage="load", weights=None):
    return make(f"config_{name}.keras", keras_file(config, weights), phrase, stage)


def no_weights(file):
    file.create_group("layers")


def cases():
    yield from text_cases()
    yield from form_cases()
    yield from graph_cases()
    yield from wrapper_cases()
    yield from meaning_cases()


def text_cases():
    yield config_case(malformed, "huge_number", with_value(b"1e999"), "is not JSON")
    # Keras writes them, as a bound without an end; as a number of units they are none.
    for name, text in (("nan", b"NaN"), ("infinity", b"-Infinity")):
        yield config_case(malformed, name, with_value(text), "dense", "build")
    good = json_bytes(GOOD_CONFIG)
    yield config_case(malformed, "cut_off", good[:-10], "is not JSON")
    yield config_case(malformed, "not_utf8", with_value(b'"\xff\xfe"'), "is not JSON")
    yield config_case(malformed, "empty", b"", "is not JSON")
    deep = 1 << 20
    yield config_case(beyond_limit, "deep_lists", b"[" * deep, "nests deeper")
    yield config_case(beyond_limit, "deep_dicts", b'{"a":' * deep, "nests deeper")
    yield config_case(beyond_limit, "deep_value", with_value(b"[" * 300 + b"]" * 300), "nests")
    yield config_case(beyond_limit, "many_values", b"[" + b"0," * 2_000_000 + b"0]", "values")


def form_cases():
    yield config_case(malformed, "is_list", [], "no class name")
    yield config_case(malformed, "class_is_number", {"class_name": 3, "config": {}}, "not a text")
    yield config_case(malformed, "layers_is_text",
                      {"class_name": "Sequential", "config": {"layers": "none"}},
                      "no list of layers")  # fmt: skip
    yield config_case(malformed, "layer_is_number", sequential(1, 2), "no class name")
    yield config_case(malformed, "layer_config_is_list",
                      sequential({"class_name": "Dense", "name": "d", "config": [1]}),
                      "not a dict")  # fmt: skip
    yield config_case(malformed, "name_is_dict",
                      sequential(input_layer(), {"class_name": "Dense", "name": {}}),
                      "not a text")  # fmt: skip
    yield config_case(malformed, "two_of_a_name", sequential(input_layer(), dense(), dense()),
                      "are named 'dense'")  # fmt: skip
    yield config_case(malformed, "no_layers", without("layers"), "no list of layers")
    yield config_case(malformed, "no_outputs", without("output_layers"), "inputs or outputs")
    yield config_case(malformed, "empty_outputs", graph(dense(calls=[call("in")]), outputs=[]),
                      "no inputs or no outputs")  # fmt: skip
    yield config_case(unsupported, "subclassed",
                      {"class_name": "MyModel", "registered_name": "pkg>MyModel", "config": {}},
                      "'MyModel'")  # fmt: skip


def graph_cases():
    one_call = call("in")
    yield config_case(malformed, "cycle",
                      graph(dense("a", [call("b")]), dense("b", [call("a")]),
                            dense(calls=[one_call])),
                      "cycle")  # fmt: skip
    yield config_case(malformed, "self_loop", graph(dense(calls=[call("dense")])), "cycle")
    yield config_case(malformed, "long_cycle", long_chain_of_cycles(3000), "cycle")
    yield config_case(malformed, "cycle_through_kwargs",
                      graph(dense(calls=[call("in", mask=tensor("dense"))])), "cycle")  # fmt: skip
    yield config_case(malformed, "unknown_layer", graph(dense(calls=[call("nobody")])),
                      "'nobody' is used but not defined")  # fmt: skip
    yield config_case(malformed, "unknown_output",
                      graph(dense(calls=[one_call]), outputs=["nobody", 0, 0]),
                      "'nobody'")  # fmt: skip
    yield config_case(malformed, "node_out_of_range",
                      graph(dense(calls=[{"args": [tensor("in", 7)], "kwargs": {}}])),
                      "call 7 of layer 'in'")  # fmt: skip
    for name, index in (("negative_node", -1), ("absurd_node", 1 << 62), ("real_node", 0.5)):
        yield config_case(malformed, name,
                          graph(dense(calls=[{"args": [tensor("in", index)], "kwargs": {}}])),
                          "tensor")  # fmt: skip
    yield config_case(malformed, "no_history",
                      graph(dense(calls=[{"args": [{"class_name": "__keras_tensor__"}],
                                          "kwargs": {}}])),
                      "[layer, node, tensor]")  # fmt: skip
    yield config_case(malformed, "posed_tensor",
                      graph(dense(calls=[{"args": [{"tensor": 99}], "kwargs": {}}])),
                      "poses as a tensor")  # fmt: skip
    yield config_case(malformed, "args_is_text",
                      graph(dense(calls=[{"args": "in", "kwargs": {}}])), "args")  # fmt: skip
    yield config_case(malformed, "calls_is_dict", graph(dense(calls={"args": []})), "not a list")
    yield config_case(malformed, "keras2_node_is_number", graph(dense(calls=[[[1, 2, 3]]])),
                      "inbound node")  # fmt: skip
    yield config_case(malformed, "keras2_kwargs_is_list", graph(dense(calls=[[["in", 0, 0, [1]]]])),
                      "keyword arguments")  # fmt: skip
    yield config_case(beyond_limit, "explosion", exploding(30), "calls of layers")


def nested_bidirectionals(depth):
    """Without a backward layer each would be copied with all that is in it: 2^depth layers."""
    inner = layer("LSTM", "lstm", units=2)
    for level in range(depth):
        inner = layer("Bidirectional", f"level_{level}", layer=inner)
    return sequential(input_layer(), inner)


def wrapper_cases():
    """Layers in the configs of layers."""

    def wrapped(class_name, **config):
        return sequential(input_layer(), layer(class_name, "wrapper", **config))

    yield config_case(malformed, "wrapper_of_nothing", wrapped("TimeDistributed"), "class name")
    yield config_case(malformed, "wrapper_of_text", wrapped("RNN", cell="LSTMCell"), "class name")
    yield config_case(malformed, "directions_of_nothing", wrapped("Bidirectional"), "no config")
    yield config_case(malformed, "cells_are_no_list", wrapped("StackedRNNCells", cells={"a": 1}),
                      "no list of cells")  # fmt: skip
    yield config_case(unsupported, "nested_directions", nested_bidirectionals(40),
                      "Bidirectional")  # fmt: skip
    yield config_case(unsupported, "directions_of_dense", wrapped("Bidirectional", layer=dense()),
                      "Dense", "build", no_weights)  # fmt: skip


def meaning_cases():
    """Well formed, but no graph can be made of it."""
    lambda_model = sequential(input_layer(), marshalled_lambda(), dense())
    legacy_lambda = layer("Lambda", "code", function=["4wEAAAAAAAAA", None, None])
    yield config_case(unsupported, "lambda", lambda_model, "Lambda", "build")
    yield unsupported("config_lambda_legacy.h5",
                      legacy_file(config=sequential(input_layer(), legacy_lambda, dense())),
                      "Lambda", "build")  # fmt: skip
    yield config_case(unsupported, "unknown_class",
                      sequential(input_layer(), layer("Frobnicate", "frob"), dense()),
                      "Frobnicate", "build")  # fmt: skip
    for name, units in (("other_units", 5), ("absurd_units", 1 << 62), ("text_units", "many"),
                        ("negative_units", -2)):  # fmt: skip
        yield config_case(malformed, name, sequential(input_layer(), dense(units=units)),
                          "dense", "build")  # fmt: skip
    absurd = layer("InputLayer", "in", batch_shape=[None, 1 << 62, 1 << 62])
    yield config_case(malformed, "absurd_input", sequential(absurd, layer("Flatten", "flat")),
                      "overflow", "build", no_weights)  # fmt: skip
    padding = layer("ZeroPadding1D", "pad", padding=[1 << 62, 1 << 62])
    volume = layer("InputLayer", "in", batch_shape=[None, 3, 3])
    yield config_case(
        malformed, "absurd_padding", sequential(volume, padding), "pad", "build", no_weights
    )
