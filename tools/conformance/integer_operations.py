"""Asks live Keras and Weir about every operation of keras.ops.numpy and keras.ops.nn on whole numbers.

    PYTHONPATH=build/release/python python tools/conformance/integer_operations.py [OPERATION...]

Each operation that takes one tensor, or two, is called on tensors of each type; what Keras refuses is
left out. Weir computes whole numbers of all sizes in int32, so the size of a type is not compared, and
what wraps in a small type (as the inverted bits of uint8 do) is told as wrong.
"""

import inspect
import os
import pathlib
import sys
import tempfile

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import weir
from keras import ops

TYPES = ("int32", "int8", "uint8", "bool")
SHAPE = (3, 4)
ROWS = 3
TOLERANCE = 1e-5
# Arguments that an operation cannot do without.
GIVEN = {
    "one_hot": {"num_classes": 5},
    "multi_hot": {"num_classes": 5},
    "threshold": {"threshold": 1, "default_value": 7},
    "expand_dims": {"axis": 1},
    "repeat": {"repeats": 2, "axis": 1},
    "tile": {"repeats": (1, 2, 1)},
    "roll": {"shift": 1, "axis": 1},
    "flip": {"axis": 1},
    "diff": {"axis": 1},
    "top_k": {"k": 2},
    "clip": {"x_min": -1, "x_max": 3},
}
LISTS = ("concatenate", "stack", "hstack", "dstack")


def operations():
    """The exported functions that the two modules define, by name."""
    modules = ("keras.src.ops.numpy", "keras.src.ops.nn", "keras.src.ops.math")
    found = {
        name: function
        for name, function in vars(ops).items()
        if inspect.isfunction(function) and function.__module__ in modules
    }
    return dict(sorted(found.items()))


def tensors_taken(function):
    """How many arguments without a default there are, but for those that are given."""
    parameters = inspect.signature(function).parameters.values()
    return [
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        and parameter.name not in GIVEN.get(function.__name__, {})
    ]


def call(function, tensors):
    given = dict(GIVEN.get(function.__name__, {}))
    parameters = inspect.signature(function).parameters
    if "axis" in parameters and "axis" not in given:
        given["axis"] = 1
    if function.__name__ in LISTS:
        return function(tensors, **({"axis": 1} if "axis" in parameters else {}))
    return function(*tensors, **given)


def model_of(function, count, dtype):
    keras.utils.clear_session()
    inputs = [keras.Input(SHAPE, dtype=dtype, name=f"x{i}") for i in range(count)]
    return keras.Model(inputs, call(function, inputs))


def drawn(random, dtype, is_shift):
    """Small numbers, so that few wrap. No shift is by less than 0, which means nothing."""
    low, high = {"bool": (0, 2), "uint8": (1, 6)}.get(dtype, (0 if is_shift else -4, 5))
    return random.integers(low, high, (ROWS, *SHAPE)).astype(dtype)


def kind(array):
    return "i" if array.dtype.kind == "u" else array.dtype.kind


def difference(expected, got):
    """What is wrong, or nothing."""
    if expected.shape != got.shape:
        return f"the shape is {got.shape}, not {expected.shape}"
    if kind(expected) != kind(got):
        return f"the type is {got.dtype}, not {expected.dtype}"
    largest = max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0)))
    if not np.allclose(got, expected, rtol=0, atol=TOLERANCE * largest, equal_nan=True):
        return f"the values are {got.ravel()[:6]}, not {expected.ravel()[:6]}"
    return None


def ask(function, count, dtype):
    """'agrees', 'refused: why', 'wrong: how', or nothing where Keras has no answer."""
    random = np.random.default_rng(0)
    is_shift = "shift" in function.__name__
    arrays = [drawn(random, dtype, is_shift) for _ in range(count)]
    try:
        model = model_of(function, count, dtype)
        expected = [np.asarray(part) for part in keras.tree.flatten(model(arrays))]
    except Exception:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        model.save(path)
        try:
            given = arrays[0] if count == 1 else {f"x{i}": a for i, a in enumerate(arrays)}
            answer = weir.load_model(path).predict(given, verbose=0)
        except weir.Error as error:
            return f"refused: {str(error).partition('model.keras: ')[2]}"
    answer = list(answer.values()) if isinstance(answer, dict) else answer
    got = list(answer) if isinstance(answer, (list, tuple)) else [answer]
    wrong = [how for how in map(difference, expected, map(np.asarray, got)) if how]
    return f"wrong: {wrong[0]}" if wrong else "agrees"


def main():
    wanted = sys.argv[1:]
    counts = {}
    for name, function in operations().items():
        count = 2 if name in LISTS else len(tensors_taken(function))
        if (wanted and name not in wanted) or count not in (1, 2):
            continue
        for dtype in TYPES:
            verdict = ask(function, count, dtype)
            if verdict is None:
                continue
            word = verdict.partition(":")[0]
            counts[word] = counts.get(word, 0) + 1
            if word != "agrees":
                print(f"{name} of {dtype}: {verdict}", flush=True)
    print(", ".join(f"{count} {word}" for word, count in sorted(counts.items())))
    return 1 if counts.get("wrong") else 0


if __name__ == "__main__":
    sys.exit(main())
