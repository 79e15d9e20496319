"""Makes tests/golden/applications.zip: the architecture of every model of keras.applications.

    python tools/golden/applications.py [--output FOLDER]

A member <Name>.json is model.to_json() with the default input shape, random weights and the
classifier on top; applications.json lists them with what Keras's summary says.
"""

import argparse
import multiprocessing
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from generate import GOLDEN
from pack import json_bytes, write_pack


def constructors() -> list[str]:
    """The names of the classes of models, without the modules beside them."""
    candidates = vars(keras.applications).items()
    return sorted(name for name, value in candidates if name[0].isupper() and callable(value))


def describe(name: str) -> tuple[dict, bytes]:
    model = getattr(keras.applications, name)(weights=None)
    entry = {
        "name": name,
        "file": f"{name}.json",
        "parameters": model.count_params(),
        "layers": len(model.layers),
        "input_shapes": [list(tensor.shape) for tensor in model.inputs],
        "output_shapes": [list(tensor.shape) for tensor in model.outputs],
        "keras": keras.__version__,
    }
    return entry, model.to_json().encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, default=GOLDEN)
    output = parser.parse_args().output
    entries, members = [], {}
    # One process a model: the weights of all of them would not fit in memory together.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for entry, architecture in pool.imap(describe, constructors()):
            entries.append(entry)
            members[entry["file"]] = architecture
    path = output / "applications.zip"
    write_pack(path, members | {"applications.json": json_bytes(entries)})
    print(f"applications: {len(entries)} models, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
