#!/usr/bin/env python3
"""Makes the models, the peers' forms of them and the inputs, once, in a folder.

    models.py FOLDER NAME...    makes what FOLDER/NAME lacks

FOLDER/NAME/ gets model.keras, model.onnx, model.tflite (batch 32, or free axes), saved_model/,
rows.npy (1,024 rows as a camera or a tokenizer would give them) and few.npy (the first 64),
batch.npy (the first 32 in the input's own type; one row where axes are free) and expected.npy (what
Keras answers to it).
"""
import os
import pathlib
import shutil
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROWS = 1024
FEW_ROWS = 64
FREE_SIZE = 64
BATCH = 32


def make_rows(model, count, name):
    import numpy as np
    from architectures import SEED, VOCABULARY

    random = np.random.default_rng(SEED)
    shape = (count, *(size or FREE_SIZE for size in model.inputs[0].shape[1:]))
    if model.inputs[0].dtype.startswith("int"):
        return random.integers(0, VOCABULARY, shape, dtype=np.int32)
    if name == "Small":
        return random.normal(size=shape).astype(np.float32)
    return random.integers(0, 256, shape, dtype=np.uint8)


def save_arrays(model, folder, name):
    import numpy as np

    free = None in model.inputs[0].shape[1:]
    rows = make_rows(model, 1 if free else ROWS, name)
    batch = rows[:BATCH].astype(model.inputs[0].dtype)
    np.save(folder / "batch.npy", batch)
    np.save(folder / "expected.npy", model(batch, training=False).numpy())
    if not free:
        np.save(folder / "rows.npy", rows)
        np.save(folder / "few.npy", rows[:FEW_ROWS])


def export_onnx(model, folder):
    """Through the SavedModel in a process of its own: tf2onnx leaves TensorFlow changed."""
    subprocess.run([sys.executable, "-m", "tf2onnx.convert", "--saved-model",
                    folder / "saved_model", "--output", folder / "model.onnx", "--opset", "18"],
                   check=True, capture_output=True)


def tflite_of(model, batch):
    """Of a graph whose variables are constants: the converter leaves variables of Keras 3 out of the
    file without a word."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    given = model.inputs[0]
    spec = tf.TensorSpec((batch, *given.shape[1:]), given.dtype, name=given.name)
    function = tf.function(lambda x: model(x, training=False)).get_concrete_function(spec)
    frozen = convert_variables_to_constants_v2(function)
    return tf.lite.TFLiteConverter.from_concrete_functions([frozen]).convert()


def export_tflite(model, folder):
    batch = 1 if None in model.inputs[0].shape[1:] else BATCH
    (folder / "model.tflite").write_bytes(tflite_of(model, batch))


def export(label, action, model, folder):
    """A form that cannot be made is a row that says so, not the end of the benchmark."""
    try:
        action(model, folder)
    except Exception as error:  # noqa: BLE001 - converters raise whatever they like
        text = getattr(error, "stderr", None)
        text = text.decode(errors="replace") if text else str(error)
        (folder / f"{label}.failed").write_text((text.strip().splitlines() or ["?"])[-1])


def make(folder, name):
    import architectures

    work = folder.with_name(f".{name}.making")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    model = architectures.build(name)
    model.save(work / "model.keras")
    save_arrays(model, work, name)
    export("saved_model", lambda m, f: m.export(f / "saved_model", verbose=False), model, work)
    export("onnx", export_onnx, model, work)
    export("tflite", export_tflite, model, work)
    work.rename(folder)


def ensure(folder, names):
    """Each model in a process of its own, because TensorFlow keeps the memory of all it has seen."""
    for name in names:
        if (folder / name).exists():
            continue
        print(f"making {name}", file=sys.stderr)
        subprocess.run([sys.executable, __file__, folder, name], check=True)


if __name__ == "__main__":
    for argument in sys.argv[2:]:
        make(pathlib.Path(sys.argv[1]) / argument, argument)
