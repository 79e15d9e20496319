#!/usr/bin/env python3
"""The models, their forms for other runtimes and the inputs, made once in a folder.

    models.py FOLDER NAME       makes the model, and what follows, without the forms

FOLDER/NAME/ gets model.keras, its forms (forms.py), batch.npy (32 rows in the input's own type; one
where axes are free) and expected.npy (what Keras answers to them).
"""
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

from common import forms  # noqa: E402

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

BATCHES = (1, 32)


def has_free_axes(folder):
    """Such a model has one row, as its sizes are made up."""
    return len(np.load(folder / "batch.npy", mmap_mode="r")) == 1


def save_arrays(model, folder):
    """Answers that are the same for every row would agree with anything."""
    from common.architectures import rows_for

    given = model.inputs[0]
    batch = rows_for(model, 1 if None in given.shape[1:] else BATCHES[-1]).astype(given.dtype)
    expected = model(batch, training=False).numpy()
    assert np.isfinite(expected).all(), f"{model.name} answers with numbers that are not finite"
    if len(batch) > 1:
        assert (expected.std(axis=0).max() > 1e-2 * np.abs(expected).max()), \
            f"{model.name} answers the same to every row"
    np.save(folder / "batch.npy", batch)
    np.save(folder / "expected.npy", expected)


def make_model(folder, name):
    from common import architectures

    model = architectures.build(name)
    model.save(folder / "model.keras")
    save_arrays(model, folder)


def ensure(folder, names, wanted):
    """With the wanted forms. Each model is made in a process of its own, because TensorFlow keeps the
    memory of all it has seen."""
    for name in names:
        if not (folder / name).exists():
            print(f"making {name}", file=sys.stderr, flush=True)
            work = folder / f".{name}.making"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            run_make_model(work, name)
            work.rename(folder / name)
        batches = BATCHES[:1] if has_free_axes(folder / name) else BATCHES
        forms.make_forms(folder / name, batches, wanted)


def run_make_model(folder, name):
    done = subprocess.run([sys.executable, __file__, folder, name], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{name} could not be made:\n{done.stderr}")


if __name__ == "__main__":
    make_model(pathlib.Path(sys.argv[1]), sys.argv[2])
