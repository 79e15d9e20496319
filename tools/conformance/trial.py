"""One model asked twice: saved by Keras, read by Weir, and their answers compared.

A random graph may amplify rounding without bound (a step function at its step, a variance of nearly
nothing). How much it does is measured where the answers differ: Keras is asked again about inputs that
are changed in their last bits, and compiled by XLA, which rounds at other places.
"""

import dataclasses
import pathlib
import tempfile
import zlib

import numpy as np
import weir
from layer_draws import WORDS
from recipe import Builder
from weights import randomise

TOLERANCE = 1e-4
NUDGE = 3e-7  # Relative; about two roundings of a float.
NUDGES = 6
ROWS = 11  # Of no size that an axis has: Keras takes some tensors for others by their sizes.

FORMATS = {
    3: ("model.keras", "model.h5", "json and .weights.h5", "json and .weights.json"),
    2: ("model.h5", "model.keras", "json and .h5", "folder"),
}
SHARD_GB = 1e-6


@dataclasses.dataclass
class Outcome:
    """`verdict` is agrees, wrong, unsupported, lost (Keras reads something else from its own file),
    amplifies (Keras's own answer changes as much), or not a model (Keras fails)."""

    verdict: str
    reason: str = ""


class Trial:
    def __init__(self, keras, version):
        self.keras = keras
        self.version = version
        self.builder = Builder(keras)

    def run(self, recipe, file, seed) -> Outcome:
        """A model of the recipe, with weights and inputs of the seed."""
        with tempfile.TemporaryDirectory(prefix="weir-fuzz-") as folder:
            path = pathlib.Path(folder) / file
            try:
                model, weights = self.saved(recipe, path, seed)
                inputs = inputs_of(recipe, seed)
                expected = self.answers(model, inputs)
            except Exception as error:  # Keras refuses by exceptions of every kind.
                return Outcome("not a model", first_line(error))
            try:
                answers = self.ask_weir(path, inputs, weights)
            except weir.UnsupportedError as error:
                return Outcome("unsupported", str(error).replace(folder, ""))
            except Exception as error:
                return Outcome("wrong", f"{type(error).__name__}: {error}".replace(folder, ""))
            complaint = difference(expected, answers)
            return self.judged(complaint, model, inputs, expected, answers, path)

    def saved(self, recipe, path, seed):
        self.keras.backend.clear_session()
        self.keras.utils.set_random_seed(1)
        model = self.builder.model(recipe)
        randomise(model, np.random.default_rng(seed))
        for layer in model._flatten_layers():
            if hasattr(layer, "finalize_state"):
                layer.finalize_state()
        if not path.name.startswith("json and "):
            model.save(path)
            return model, None
        path.write_text(model.to_json())
        weights = path.with_name("model" + path.name.split()[-1])
        if weights.suffix == ".json":
            largest = max((weight.numpy().nbytes for weight in model.weights), default=0)
            model.save_weights(weights, max_shard_size=max(SHARD_GB, largest / 2**30))
        else:
            model.save_weights(weights)
        return model, weights

    def answers(self, model, inputs):
        return arrays(self.called(model, self.packed(model, inputs)))

    def answers_compiled(self, model, inputs):
        """None, or those in a list: there is much that XLA does not compile."""
        try:
            return [arrays(compiled(model)(self.packed(model, inputs)))]
        except Exception:
            return []

    def packed(self, model, inputs):
        structure = model._nested_inputs if self.version == 2 else model._inputs_struct
        return pack(structure, tensors(inputs))

    def called(self, model, packed):
        try:
            return model(packed, training=False)
        except Exception:
            # TensorFlow has no channels_first on a CPU, XLA has. It also takes what is out of range.
            if "channels_first" not in model.to_json():
                raise
            return compiled(model)(packed)

    def ask_weir(self, path, inputs, weights=None):
        model = weir.load_model(path, threads=2, weights=weights)
        answers = model.predict(listed(inputs), verbose=0)
        return answers if isinstance(answers, list) else [answers]

    def judged(self, complaint, model, inputs, expected, answers, path):
        if complaint is None:
            return Outcome("agrees")
        others = [self.answers(model, nudge(inputs, seed)) for seed in range(NUDGES)]
        others += self.answers_compiled(model, inputs)
        if difference(expected, answers, spread(expected, others)) is None:
            return Outcome("amplifies", complaint)
        if self.is_lost(inputs, answers, path):
            return Outcome("lost", complaint)
        return Outcome("wrong", complaint)

    def is_lost(self, inputs, answers, path):
        """Whether Keras reads from its file the model that Weir does."""
        try:
            loaded = self.keras.models.load_model(path, compile=False)
            return difference(self.answers(loaded, inputs), answers) is None
        except Exception:
            return False


def listed(values):
    return values[0] if len(values) == 1 else values


def inputs_of(recipe, seed):
    random = np.random.default_rng([seed, 1])
    return [values_of(spec, random) for spec in recipe["inputs"]]


def values_of(spec, random):
    shape = (ROWS, *spec["shape"])
    if spec["dtype"] == "string":
        words = [word.encode() for word in [*WORDS, "", "a b", "Wind, fire!", "fire fire earth"]]
        return random.choice(np.array(words, object), shape)
    if spec["dtype"] == "int32":
        return random.integers(0, 10, shape, dtype=np.int32)
    return random.normal(size=shape).astype(np.float32)


def tensors(inputs):
    import tensorflow as tf

    return [tf.constant(array) for array in inputs]


def pack(structure, values):
    if isinstance(structure, dict):
        return dict(zip(sorted(structure), values))
    return listed(values)


def compiled(model):
    import tensorflow as tf

    return tf.function(lambda x: model(x, training=False), jit_compile=True)


def arrays(outputs):
    return [as_array(output) for output in flat(outputs)]


def flat(outputs):
    if isinstance(outputs, dict):
        return [outputs[key] for key in sorted(outputs)]
    return outputs if isinstance(outputs, (list, tuple)) else [outputs]


def as_array(output):
    array = np.asarray(output)
    return array.astype("S") if array.dtype == object else array


def nudge(inputs, seed):
    """The floats among them, changed by about what rounding changes."""
    random = np.random.default_rng([seed, zlib.crc32(b"nudge")])
    return [
        (array * (1 + NUDGE * random.normal(size=array.shape))).astype(np.float32)
        if array.dtype == np.float32 else array
        for array in inputs
    ]


def spread(expected, others):
    """How far, at most, each element of each output is from what is expected."""
    return [
        np.max([np.abs(as_float(other[i]) - as_float(array)) for other in others], axis=0)
        if array.dtype.kind != "S" else 0.0
        for i, array in enumerate(expected)
    ]


def as_float(array):
    return np.nan_to_num(array.astype(np.float64), posinf=1e300, neginf=-1e300)


def difference(expected, answers, spreads=None):
    """What is wrong with the answers, in words; None where nothing is."""
    if len(expected) != len(answers):
        return f"{len(answers)} outputs instead of {len(expected)}"
    for place, (array, answer) in enumerate(zip(expected, answers)):
        spread_of = 0.0 if spreads is None else float(np.max(spreads[place], initial=0.0))
        words = difference_of_arrays(array, np.asarray(answer), spread_of)
        if words:
            return f"output {place}: {words}"
    return None


def difference_of_arrays(expected, answer, spread_of):
    if expected.shape != answer.shape:
        return f"shape {answer.shape} instead of {expected.shape}"
    if expected.dtype.kind in "SO":
        same = [bytes_of(a) == bytes_of(b) for a, b in zip(expected.ravel(), answer.ravel())]
        return None if all(same) else "other strings"
    if (expected.dtype.kind == "f") != (answer.dtype.kind == "f"):
        return f"type {answer.dtype} instead of {expected.dtype}"
    a, b = as_float(expected), as_float(answer)
    if not np.array_equal(np.isnan(expected), np.isnan(answer)) and spread_of == 0.0:
        return "NaN in other places"
    finite = np.isfinite(expected)
    largest = np.abs(a[finite]).max(initial=0.0)
    distance = np.abs(a - b).max(initial=0.0)
    if distance <= TOLERANCE * largest + 1e-7 + 4 * spread_of:
        return None
    return f"differs by {distance:.3g}; the largest is {largest:.3g}"


def bytes_of(text):
    return text if isinstance(text, bytes) else str(text).encode()


def first_line(error):
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
