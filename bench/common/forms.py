#!/usr/bin/env python3
"""The forms of a Keras model that other runtimes read.

    forms.py FORM WAY FOLDER BATCH      makes one form of FOLDER/model.keras by one way

Where a converter fails on a model the next one is tried; FOLDER/forms.json says by which way each form
was made, or why none made it. Each attempt has a process of its own: converters leave TensorFlow
changed, or end the process.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

OPSET = 18
TIMEOUT = 1800
BATCH_AXIS = "batch"  # Its name in every ONNX form.
NOISE = ("warning", "- info -", "- warning -")


def load(folder):
    import keras

    return keras.models.load_model(folder / "model.keras", compile=False)


def frozen(model, batch):
    """A graph whose variables are constants: the TFLite converter leaves variables of Keras 3 out of
    the file without a word."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    given = model.inputs[0]
    spec = tf.TensorSpec((batch, *given.shape[1:]), given.dtype, name=given.name)
    function = tf.function(lambda x: model(x, training=False)).get_concrete_function(spec)
    return convert_variables_to_constants_v2(function)


def tflite_of(model, batch):
    import tensorflow as tf

    return tf.lite.TFLiteConverter.from_concrete_functions([frozen(model, batch)]).convert()


def tflite_from_frozen(folder, target, batch):
    target.write_bytes(tflite_of(load(folder), batch))


def tflite_from_keras(folder, target, _batch):
    load(folder).export(target, format="litert", verbose=False)


def saved_model(folder):
    made = folder / "saved_model"
    if not made.exists():
        load(folder).export(made, verbose=False)
    return made


def tf2onnx(*arguments):
    subprocess.run([sys.executable, "-m", "tf2onnx.convert", *arguments, "--opset", str(OPSET)],
                   check=True)


def save_onnx(graph, target):
    """With a name for the batch axis that runtimes can give a size to."""
    import onnx

    first = graph.graph.input[0].type.tensor_type.shape.dim[0]
    name = first.dim_param
    for value in (*graph.graph.input, *graph.graph.output, *graph.graph.value_info):
        for axis in value.type.tensor_type.shape.dim:
            if name and axis.dim_param == name:
                axis.dim_param = BATCH_AXIS
    onnx.save(graph, target)


def onnx_from_saved_model(folder, target, _batch):
    import onnx

    with tempfile.TemporaryDirectory() as work:
        made = pathlib.Path(work, "model.onnx")
        tf2onnx("--saved-model", saved_model(folder), "--output", made)
        save_onnx(onnx.load(made), target)


def onnx_from_large_model(folder, target, _batch):
    """With the weights in files beside the graph while tf2onnx works on it."""
    import zipfile

    import onnx

    with tempfile.TemporaryDirectory() as work:
        packed = pathlib.Path(work, "model.zip")
        tf2onnx("--saved-model", saved_model(folder), "--output", packed, "--large_model")
        zipfile.ZipFile(packed).extractall(work)
        save_onnx(onnx.load(next(pathlib.Path(work).glob("*.onnx"))), target)


def onnx_from_keras(folder, target, _batch):
    import onnx

    with tempfile.TemporaryDirectory() as work:
        made = pathlib.Path(work, "model.onnx")
        load(folder).export(made, format="onnx", opset_version=OPSET, verbose=False)
        save_onnx(onnx.load(made), target)


# In the order of trying. A form that is for one batch size alone has it in its name.
WAYS = {
    "model.onnx": {
        "tf2onnx from the SavedModel": onnx_from_saved_model,
        "tf2onnx from the SavedModel, as a large model": onnx_from_large_model,
        "Keras's own export": onnx_from_keras,
    },
    "model-{batch}.tflite": {
        "TFLite converter from a frozen graph": tflite_from_frozen,
        "Keras's own export": tflite_from_keras,
    },
}


def attempt(form, way, folder, batch):
    """Why it failed, in a line; None if it did not."""
    command = [sys.executable, __file__, form, way, folder, str(batch)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return f"not done within {TIMEOUT} s"
    if done.returncode == 0 and (folder / form.format(batch=batch)).exists():
        return None
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    telling = [line for line in lines if not any(word in line.lower() for word in NOISE)]
    return (telling or lines or [f"ended with code {done.returncode}"])[-1]


def make_form(form, folder, batch):
    """By the first way that works: {"way": its name, "failed": {way: why}}."""
    record = {"way": None, "failed": {}}
    for way in WAYS[form]:
        why = attempt(form, way, folder, batch)
        if why is None:
            record["way"] = way
            break
        record["failed"][way] = why
    return record


def make_forms(folder, batches):
    """All of them; forms.json tells by which ways."""
    records = {}
    for form in WAYS:
        for batch in batches if "{batch}" in form else batches[-1:]:
            records[form.format(batch=batch)] = make_form(form, folder, batch)
    (folder / "forms.json").write_text(json.dumps(records, indent=1))


def read_record(folder, form):
    return json.loads((pathlib.Path(folder) / "forms.json").read_text())[form]


def why_not(record):
    return "; ".join(f"{way}: {why}" for way, why in record["failed"].items())


if __name__ == "__main__":
    form, way, folder, batch = sys.argv[1:]
    folder = pathlib.Path(folder)
    WAYS[form][way](folder, folder / form.format(batch=batch), int(batch))
