"""Random recipes: graphs of up to 12 layers with shared layers, nested models, several inputs and outputs.

Keras decides what is a model: a node that it refuses is drawn again.
"""

import keras_bugs
import operation_draws
from layer_draws import KINDS, Draw
from recipe import Builder, pruned

MOST_NODES = 12
MOST_ELEMENTS = 4000
TRIES = 40
INPUT_SHAPES = ((5,), (4, 6), (6, 3), (7, 8), (5, 5, 2), (8, 6, 4), (6, 7, 3), (4, 4, 3, 2), (3, 5, 4, 2))


class GraphDraw:
    """Draws one model's nodes, one by one, and keeps what Keras makes of them."""

    def __init__(self, keras, version, random, depth=0):
        self.builder = Builder(keras)
        self.version = version
        self.draw = Draw(random)
        self.depth = depth
        self.inputs, self.nodes, self.layers, self.values = [], [], [], {}

    def recipe(self):
        self.add_inputs()
        for _ in range(self.draw.integer(1, MOST_NODES if self.depth == 0 else 4)):
            self.add_node()
        recipe = {"inputs": self.inputs, "nodes": self.nodes, "outputs": self.outputs()}
        if self.depth == 0 and self.draw.chance(0.1):
            recipe["structure"] = "dict"
        return pruned(recipe)

    def add_inputs(self):
        shape = self.draw.one_of(INPUT_SHAPES)
        for _ in range(1 if self.draw.chance(0.7) else self.draw.integer(2, 3)):
            if self.draw.chance(0.6):
                self.add_input(shape, "float32")
            elif self.depth == 0 and self.draw.chance(0.35):
                dtype = self.draw.one_of(("int32", "int32", "string"))
                self.add_input((self.draw.integer(3, 7),), dtype)
            else:
                self.add_input(self.draw.one_of(INPUT_SHAPES), "float32")

    def add_input(self, shape, dtype):
        spec = {"shape": list(shape), "dtype": dtype}
        self.values[f"i{len(self.inputs)}"] = self.builder.input(spec, len(self.inputs))
        self.inputs.append(spec)

    def add_node(self):
        for _ in range(TRIES):
            node = self.drawn_node()
            if node is not None and self.accepted(node):
                return

    def accepted(self, node):
        """Whether Keras takes the node, with outputs that are of a sensible size."""
        layers, values = list(self.layers), dict(self.values)
        try:
            self.builder.apply(node, layers, values)
            made = [value for name, value in values.items() if name not in self.values]
            fits = all(is_sensible(value) for value in made)
            fits = fits and not keras_bugs.is_excluded(node, [value.shape for value in made])
        except Exception:  # Keras refuses by exceptions of every kind.
            return False
        if not fits:
            return False
        self.nodes.append(node)
        self.layers, self.values = layers, values
        return True

    def drawn_node(self):
        reference = self.recent()
        chance = self.draw.random.random()
        if chance < 0.08:
            return self.shared(reference)
        if chance < 0.14 and self.depth == 0:
            return self.nested(reference)
        if chance < 0.34:
            return self.operation(reference)
        return self.layer(reference)

    def recent(self):
        """Mostly one of the last values, so that graphs get deep."""
        names = list(self.values)
        return self.draw.one_of(names[-3:] if self.draw.chance(0.75) else names)

    def shape(self, reference):
        return tuple(self.values[reference].shape[1:])

    def dtype(self, reference):
        dtype = self.values[reference].dtype
        return getattr(dtype, "name", dtype)

    def layer(self, reference):
        shape, dtype = self.shape(reference), self.dtype(reference)
        dtype = "int32" if dtype.startswith("int") else dtype
        fitting = [kind for kind in KINDS if len(shape) in kind.ranks and dtype in kind.dtypes]
        if not fitting:
            return None
        weights = [kind.weight for kind in fitting]
        kind = fitting[self.draw.random.choice(len(fitting), p=[w / sum(weights) for w in weights])]
        inputs = self.with_partners(reference, self.draw.integer(*kind.inputs))
        config = kind.config(self.draw, shape)
        return {"class": kind.name, "config": config, "inputs": inputs}

    def operation(self, reference):
        shape = self.shape(reference)
        if self.dtype(reference) == "string" or not shape:
            return None
        function, row = self.draw.one_of(operation_draws.for_keras(self.version))
        if len(shape) not in row.ranks:
            return None
        inputs = self.with_partners(reference, row.inputs)
        return {"function": function, "config": row.config(self.draw, shape), "inputs": inputs}

    def with_partners(self, reference, count):
        """More inputs, most of them of the shape of the first."""
        dtype = self.dtype(reference)
        others = [name for name in self.values if self.dtype(name) == dtype]
        same = [name for name in others if self.shape(name) == self.shape(reference)]
        inputs = [reference]
        while len(inputs) < count:
            inputs.append(self.draw.one_of(same if self.draw.chance(0.8) else others))
        return inputs

    def shared(self, reference):
        """A layer that is there already, on another tensor of the shape it was made for."""
        fitting = [
            number for number, node in enumerate(self.nodes)
            if "function" not in node and "same_as" not in node and len(node["inputs"]) == 1
            and self.shape(node["inputs"][0]) == self.shape(reference)
        ]
        return fitting and {"same_as": self.draw.one_of(fitting), "inputs": [reference]} or None

    def nested(self, reference):
        if not self.dtype(reference).startswith("float"):
            return None
        inner = GraphDraw(self.builder.keras, self.version, self.draw.random, self.depth + 1)
        inner.add_input(self.shape(reference), "float32")
        for _ in range(self.draw.integer(1, 4)):
            inner.add_node()
        last = list(inner.values)[-1]
        model = pruned({"inputs": inner.inputs, "nodes": inner.nodes, "outputs": [last]})
        return {"model": model, "inputs": [reference]} if model["inputs"] else None

    def outputs(self):
        names = [name for name in self.values if name[0] == "n"] or list(self.values)
        chosen = [names[-1]]
        while self.draw.chance(0.3) and len(chosen) < 4:
            chosen.append(self.draw.one_of(names))
        return list(dict.fromkeys(chosen))


def is_sensible(value):
    if not hasattr(value, "shape") or value.shape[0] is not None:
        return False
    elements = 1
    for size in value.shape[1:]:
        if size is None or size == 0:
            return False
        elements *= size
    return elements <= MOST_ELEMENTS
