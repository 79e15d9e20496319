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
import shutil
import subprocess
import sys
import tempfile

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

OPSET = 18
TIMEOUT = 1800
SOFIE_RUNNER = pathlib.Path(__file__).resolve().parents[1] / "race" / "sofie_runner.cpp"
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


def save_onnx(graph, folder, target):
    """With a name for the batch axis that runtimes can give a size to. tf2onnx leaves operations in
    that ONNX does not have; that they cannot be loaded is found out here."""
    import numpy as np
    import onnx
    import onnxruntime

    first = graph.graph.input[0].type.tensor_type.shape.dim[0]
    name = first.dim_param
    for value in (*graph.graph.input, *graph.graph.output, *graph.graph.value_info):
        for axis in value.type.tensor_type.shape.dim:
            if name and axis.dim_param == name:
                axis.dim_param = BATCH_AXIS
    onnx.save(graph, target)
    session = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])
    row = np.load(folder / "batch.npy", mmap_mode="r")[:1]
    session.run(None, {session.get_inputs()[0].name: row})


def onnx_from_saved_model(folder, target, _batch, may_loop=False):
    """A loop over time steps stands for a recurrent layer that tf2onnx did not recognise, and is many
    times as slow."""
    import onnx

    with tempfile.TemporaryDirectory() as work:
        made = pathlib.Path(work, "model.onnx")
        tf2onnx("--saved-model", saved_model(folder), "--output", made)
        graph = onnx.load(made)
    if not may_loop and any(node.op_type == "Loop" for node in graph.graph.node):
        raise ValueError("a recurrent layer became a loop")
    save_onnx(graph, folder, target)


def onnx_with_loops(folder, target, batch):
    onnx_from_saved_model(folder, target, batch, may_loop=True)


def onnx_from_pytorch(folder, target, _batch):
    """From the same model in PyTorch's layers."""
    os.environ["KERAS_BACKEND"] = "torch"
    import torch

    from common.torch_model import TorchModel

    keras_model = load(folder)
    given = keras_model.inputs[0]
    model = TorchModel(keras_model).eval()
    example = torch.zeros((2, *given.shape[1:]), dtype=getattr(torch, given.dtype))
    torch.onnx.export(model, (example,), target, dynamo=False, opset_version=OPSET,
                      input_names=[given.name], output_names=["answers"],
                      dynamic_axes={given.name: {0: BATCH_AXIS}, "answers": {0: BATCH_AXIS}})


def openvino_from_onnx(folder, target, _batch):
    save_openvino(folder / "model.onnx", folder, target)


def openvino_from_saved_model(folder, target, _batch):
    save_openvino(saved_model(folder), folder, target)


def save_openvino(source, folder, target):
    """What it cannot compile is found out here, while there is another way to go."""
    import numpy as np
    import openvino as ov

    model = ov.convert_model(source)
    compiled = ov.Core().compile_model(model, "CPU")
    compiled(np.load(folder / "batch.npy", mmap_mode="r")[:1])
    ov.save_model(model, target, compress_to_fp16=False)


def sofie_from_onnx(folder, target, batch):
    """A folder with a program, which is compiled for this model and processor, and its weights."""
    import onnx
    import sofie

    graph = onnx.load(folder / "model.onnx")
    for value in (*graph.graph.input, *graph.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = batch
    del graph.graph.value_info[:]  # Of any batch; those of this one are found again.
    with tempfile.TemporaryDirectory(dir=folder) as work:
        work = pathlib.Path(work)
        onnx.save(onnx.shape_inference.infer_shapes(graph), work / "model.onnx")
        model = sofie.onnx.parse(work / "model.onnx")
        model.generate()
        model.output_generated(str(work / "model.hxx"))
        subprocess.run(["c++", "-std=c++20", "-O3", "-march=native", "-include", work / "model.hxx",
                        SOFIE_RUNNER, "-o", work / "runner", "-lopenblas"], check=True)
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        for name in ("runner", "model.dat"):
            (work / name).rename(target / name)


# In the order of trying. A form that is for one batch size alone has it in its name.
WAYS = {
    "model.onnx": {
        "tf2onnx from the SavedModel": onnx_from_saved_model,
        "PyTorch's exporter": onnx_from_pytorch,
        "tf2onnx from the SavedModel, with loops": onnx_with_loops,
    },
    "openvino.xml": {
        "its own converter from ONNX": openvino_from_onnx,
        "its own converter from the SavedModel": openvino_from_saved_model,
    },
    "sofie-{batch}": {
        "its own parser from ONNX": sofie_from_onnx,
    },
    "model-{batch}.tflite": {
        "TFLite converter from a frozen graph": tflite_from_frozen,
        "Keras's own export": tflite_from_keras,
    },
}


def attempt(form, way, folder, batch):
    """Why it failed, in a line that names files as they are called in the folder; None if it did
    not."""
    command = [sys.executable, __file__, form, way, folder, str(batch)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return f"not done within {TIMEOUT} s"
    if done.returncode == 0 and (folder / form.format(batch=batch)).exists():
        return None
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    telling = [line for line in lines if not any(word in line.lower() for word in NOISE)]
    why = (telling or lines or [f"ended with code {done.returncode}"])[-1]
    return why.replace(f"{folder}/", "")


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


def make_forms(folder, batches, wanted):
    """Those wanted that were not tried yet. forms.json tells after each by which way it was made."""
    file = folder / "forms.json"
    records = json.loads(file.read_text()) if file.exists() else {}
    for form in wanted:
        for batch in batches if "{batch}" in form else batches[-1:]:
            name = form.format(batch=batch)
            if name not in records:
                records[name] = make_form(form, folder, batch)
                file.write_text(json.dumps(records, indent=1))


def read_record(folder, form):
    return json.loads((pathlib.Path(folder) / "forms.json").read_text())[form]


def why_not(record):
    return "; ".join(f"{way}: {why}" for way, why in record["failed"].items())


if __name__ == "__main__":
    sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
    form, way, folder, batch = sys.argv[1:]
    folder = pathlib.Path(folder)
    WAYS[form][way](folder, folder / form.format(batch=batch), int(batch))
