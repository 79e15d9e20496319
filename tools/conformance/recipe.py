"""Models as plain values that any Keras can build, that print as JSON, and that can be taken apart.

A recipe is {"inputs": [{"shape", "dtype"}], "nodes": [...], "outputs": [reference...]}. A node is one of

    {"class": "Dense", "config": {...}, "inputs": [reference...]}          a layer
    {"function": "keras.ops.mean", "config": {...}, "inputs": [...]}      an operation
    {"same_as": 3, "inputs": [...]}                                      the layer of node 3 again
    {"model": recipe, "inputs": [...]}                                    a model as a layer

and a reference is "i0" (an input), "n3" (node 3's output) or "n3.1" (its second). In configs,
{"layer": "LSTM", "config": {...}} stands for a layer.
"""

import importlib

class Builder:
    """Builds recipes with one Keras module: `keras`, or `tf_keras` for Keras 2."""

    def __init__(self, keras):
        self.keras = keras

    def input(self, spec, number):
        return self.keras.Input(
            tuple(spec["shape"]), dtype=spec["dtype"], name=f"input_{number}"
        )

    def layer(self, node):
        config = {key: self.value(value) for key, value in node["config"].items()}
        return getattr(self.keras.layers, node["class"])(**config)

    def value(self, value):
        """A value of a config with the layers in it made."""
        if isinstance(value, dict) and "layer" in value:
            return self.layer({"class": value["layer"], "config": value["config"]})
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return value

    def callable(self, node, layers):
        """What node `len(layers)` calls."""
        if "class" in node:
            return self.layer(node)
        if "same_as" in node:
            return layers[node["same_as"]]
        if "model" in node:
            return self.model(node["model"])
        return Function(self.function(node["function"]), node["config"])

    def function(self, path):
        package, *names = path.split(".")
        found = self.keras if package == "keras" else importlib.import_module(package)
        for name in names:
            found = getattr(found, name)
        return found

    def apply(self, node, layers, values):
        """Adds the node's layer to `layers` and its outputs to `values`, by reference."""
        number = len(layers)
        layer = self.callable(node, layers)
        inputs = [values[reference] for reference in node["inputs"]]
        outputs = layer(*inputs) if takes_several(node) else layer(listed(inputs))
        layers.append(layer)
        for place, output in enumerate(outputs if isinstance(outputs, (list, tuple)) else [outputs]):
            values[f"n{number}.{place}" if place else f"n{number}"] = output

    def model(self, recipe):
        values = {f"i{i}": self.input(spec, i) for i, spec in enumerate(recipe["inputs"])}
        inputs = list(values.values())
        layers = []
        for node in recipe["nodes"]:
            self.apply(node, layers, values)
        outputs = [values[reference] for reference in recipe["outputs"]]
        if recipe.get("structure") == "dict":
            inputs = {f"input_{i}": value for i, value in enumerate(inputs)}
            outputs = {f"output_{i}": value for i, value in enumerate(outputs)}
            return self.keras.Model(inputs, outputs)
        return self.keras.Model(listed(inputs), listed(outputs))


class Function:
    """A function with some of its arguments given."""

    def __init__(self, function, arguments):
        self.function, self.arguments = function, arguments

    def __call__(self, *inputs):
        return self.function(*inputs, **self.arguments)


def takes_several(node):
    """Whether several inputs are arguments one by one, not a list of them."""
    return "function" in node or node.get("class") in ("MultiHeadAttention", "GroupQueryAttention")


def listed(values):
    return values[0] if len(values) == 1 else values


def node_of(reference):
    """The number of the node that gives it; None for an input."""
    return int(reference[1:].split(".")[0]) if reference[0] == "n" else None


def with_outputs(recipe, outputs):
    return pruned(recipe | {"outputs": list(outputs)})


def pruned(recipe):
    """The recipe without the nodes and inputs that no output needs."""
    needed = set(recipe["outputs"])
    for number in reversed(range(len(recipe["nodes"]))):
        if any(node_of(reference) == number for reference in needed):
            node = recipe["nodes"][number]
            needed |= set(node["inputs"])
            if "same_as" in node:
                needed.add(f"n{node['same_as']}")
    inputs = [i for i in range(len(recipe["inputs"])) if f"i{i}" in needed]
    kept = {node_of(reference) for reference in needed} - {None}
    # The layer of a node may be needed where its output is not; then its inputs are.
    for number in sorted(kept, reverse=True):
        inputs += [
            int(reference[1:])
            for reference in recipe["nodes"][number]["inputs"]
            if reference[0] == "i" and int(reference[1:]) not in inputs
        ]
    return renumbered(recipe, sorted(inputs), sorted(kept))


def renumbered(recipe, inputs, nodes):
    """The recipe of some of the inputs and nodes."""
    number = {node: place for place, node in enumerate(nodes)}

    def renamed(reference):
        if reference[0] == "i":
            return f"i{inputs.index(int(reference[1:]))}"
        _, *place = reference.split(".")
        return ".".join([f"n{number[node_of(reference)]}", *place])

    def moved(node):
        new = node | {"inputs": [renamed(reference) for reference in node["inputs"]]}
        if "same_as" in node:
            new["same_as"] = number[node["same_as"]]
        return new

    return recipe | {
        "inputs": [recipe["inputs"][i] for i in inputs],
        "nodes": [moved(recipe["nodes"][i]) for i in nodes],
        "outputs": [renamed(reference) for reference in recipe["outputs"]],
    }


def classes_of(recipe):
    """The names of all layers and operations in it."""
    for node in recipe["nodes"]:
        if "model" in node:
            yield from classes_of(node["model"])
        elif "same_as" not in node:
            yield node.get("class") or node["function"]
            yield from (value["layer"] for value in node["config"].values() if is_layer(value))


def is_layer(value):
    return isinstance(value, dict) and "layer" in value
