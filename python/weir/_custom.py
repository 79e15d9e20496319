"""`weir.register_layer`: layers that Weir does not have, as functions of NumPy arrays."""
import collections.abc
import dataclasses
import functools
import itertools
import json

import numpy as np

from weir.errors import from_code

_definitions = {}  # By name. As in Keras, for the whole program.
_MOST_KNOWN = 64   # Shapes of one layer whose outputs are remembered.
_EXECUTABLE = {"f": "float32", "i": "int32", "u": "int32", "b": "bool"}  # By NumPy's kinds.


def register_layer(name, *, output_shape=None, mixes_samples=False):
    """Lets a function compute a class of layers, in models that are loaded from then on.

    The function gets `(x, weights, config)` and returns an array, or a list of arrays for a layer of
    several outputs:

    - `x`: an array of rows, or a list of arrays for a layer that is called on several tensors. They
      are the function's own: it may write to them, return them or keep them. The batch may have any
      number of rows, also a few more than were asked for.
    - `weights`: a list of arrays in the order of the layer's `get_weights()`, or, where the layer has
      layers in it, its own and then theirs, by the names of its attributes. Not to be written to.
    - `config`: the dict that the layer's `get_config` gave.

    Tensors are float32, int32 or bool; what the function returns is cast to one of them. It is called
    by any thread, by several in turns, with the interpreter's lock. What it raises reaches whoever
    loads the model or predicts, with a note that names the layer. It cannot predict with a model of
    Weir's itself.

    Args:
        name: of the class, as Keras registers it ("my_package>Squash"), or without the package, for
            those of any package. It comes before a layer of Weir's own of the name.
        output_shape: the shape of the output, None for the batch axis, or a list of one for each;
            or a function of the inputs' shape (a list for several) and the config that returns it.
            The outputs are float32 then. Without it, the function is called on a row of zeros, and
            with one of ones beside it, when a model is loaded.
        mixes_samples: a row of an output depends on other rows of the inputs than its own: batches
            pass as a whole.

    >>> import numpy as np, weir
    >>> @weir.register_layer("Squash")
    ... def squash(x, weights, config):
    ...     return np.tanh(x * weights[0]) * config["factor"]
    """
    if not isinstance(name, str):
        raise TypeError('register_layer takes a name: @weir.register_layer("MyLayer")')

    def register(function):
        _definitions[name] = _Definition(name, function, output_shape, mixes_samples)
        return function

    return register


def registered():
    """For the binding, and one model, which keeps it: by the names of their classes, mixes_samples
    and a function of a layer's name and config that gives its `_Layer`."""
    return {name: (definition.mixes_samples, functools.cache(functools.partial(_Layer, definition)))
            for name, definition in _definitions.items()}


@dataclasses.dataclass(frozen=True)
class _Definition:
    name: str
    function: collections.abc.Callable
    output_shape: object
    mixes_samples: bool


class _Layer:
    """One layer of a model, for the binding. A type is a pair of dtype and shape."""

    def __init__(self, definition, name, config):
        self._definition = definition
        self._name = name
        self._config = json.loads(config)
        self._known = {}

    def infer(self, weights, types):
        """The outputs' types for inputs of these, with as many rows."""
        rows = types[0][1][:1]
        apart = not self._definition.mixes_samples and all(shape[:1] == rows for _, shape in types)
        if not apart:
            return self._noted(self._find_types, weights, types)
        key = tuple((dtype, shape[1:]) for dtype, shape in types)
        if key not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            find = self._probe if self._definition.output_shape is None else self._find_types
            self._known[key] = [(dtype, shape[1:])
                                for dtype, shape in self._noted(find, weights, types)]
        return [(dtype, rows + shape) for dtype, shape in self._known[key]]

    def compute(self, weights, types, inputs):
        """The outputs, of these types and in C order."""
        return self._noted(self._compute, weights, types, inputs)

    def _noted(self, work, *arguments):
        try:
            return work(*arguments)
        except Exception as error:
            note = f"in the function of layer {self._name!r} ({self._definition.name})"
            error.__notes__ = [*getattr(error, "__notes__", ()), note]
            raise

    def _call(self, weights, inputs):
        x = inputs if len(inputs) != 1 else inputs[0]
        y = self._definition.function(x, list(weights), dict(self._config))
        return [np.asarray(array) for array in (y if isinstance(y, (list, tuple)) else [y])]

    def _compute(self, weights, types, inputs):
        made = self._call(weights, inputs)
        if [array.shape for array in made] != [shape for _, shape in types]:
            raise self._error(f"returned {_shapes(made)} where {[shape for _, shape in types]} was "
                              "planned")
        return [np.ascontiguousarray(array, dtype) for array, (dtype, _) in zip(made, types)]

    def _find_types(self, weights, types):
        if self._definition.output_shape is not None:
            return self._declared_types(types)
        with np.errstate(all="ignore"):
            return self._types_of(self._call(weights, [np.zeros(shape, dtype)
                                                       for dtype, shape in types]))

    def _declared_types(self, types):
        shapes = [(None, *shape[1:]) for _, shape in types]
        declared = self._definition.output_shape
        if callable(declared):
            declared = declared(shapes if len(shapes) != 1 else shapes[0], self._config)
        if not declared or not isinstance(declared[0], (list, tuple)):
            declared = [declared]
        rows = types[0][1][:1]
        found = [(*rows, *shape[1:]) if shape and shape[0] is None else tuple(shape)
                 for shape in declared]
        if any(size is None for shape in found for size in shape):
            raise self._error(f"has output_shape {declared}, of which only the first may be None; "
                              "let output_shape be a function")
        return [("float32", shape) for shape in found]

    def _probe(self, weights, types):
        """Calls it on a row of zeros, alone and beside one of ones, which it must not see."""
        both = [_zeros_and_ones(dtype, shape[1:]) for dtype, shape in types]
        with np.errstate(all="ignore"):
            alone = self._call(weights, [array[:1].copy() for array in both])
            together = self._call(weights, both)
        found = self._types_of(together)
        for one, two in itertools.zip_longest(alone, together):
            if one is None or two is None or not _same_rows(one, two):
                raise self._error(f"makes {_shapes(alone)} of one row and {_shapes(together)} of "
                                  "two, but needs a row for each, or mixes_samples=True")
            if not np.allclose(one[0], two[0], rtol=1e-3, atol=1e-5, equal_nan=True):
                raise self._error("makes something else of a row when another is beside it: "
                                  "register it with mixes_samples=True")
        return found

    def _types_of(self, arrays):
        for array in arrays:
            if array.dtype.kind not in _EXECUTABLE:
                raise self._error(f"returns {array.dtype}, but tensors are float32, int32 or bool")
        return [(_EXECUTABLE[array.dtype.kind], array.shape) for array in arrays]

    def _error(self, problem):
        return from_code("invalid argument", f"layer {self._name!r}: its function {problem}", "",
                         self._name, "")


def _zeros_and_ones(dtype, shape):
    """Two rows. Integers are indices, more often than not, which must be in range."""
    rows = np.zeros((2, *shape), dtype)
    rows[1] = dtype == "float32"
    return rows


def _same_rows(one, two):
    return one.shape[:1] == (1,) and two.shape == (2, *one.shape[1:])


def _shapes(arrays):
    return [array.shape for array in arrays]
