"""Makes the golden packs in tests/golden from real Keras.

    python tools/golden/generate.py [FAMILY...]

A pack holds the models of one table in families/, what they are given and what Keras answers; see
README.md beside this file.
"""

import argparse
import importlib
import os
import pathlib
import tempfile

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from case import Case, Solved
from pack import json_bytes, npy_bytes, timeless_model, write_pack

FAMILIES = (
    "linear",
    "convolution",
    "wide_convolution",
    "activation",
    "normalization",
    "merging",
    "pooling",
    "reshaping",
    "models",
    "image",
    "preprocessing",
    "wrapped_weights",
    "embedding",
    "lookup",
    "hashing",
    "text",
    "recurrent",
    "attention",
    "identity",
    "operations",
    "functions",
    "geometry",
    "ctc",
    "decompositions",
    "statistics",
    "integers",
    "legacy",
    "legacy_masks",
    "tensorflow",
    "hub",
)
GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden"


def load_cases(family: str) -> list[Case]:
    keras.utils.set_random_seed(1)
    cases = importlib.import_module(f"families.{family}").CASES
    names = [case.name for case in cases]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise ValueError(f"{family}: case names used twice: {sorted(repeated)}")
    return cases


def members_of(case: Case, solved: Solved, folder: pathlib.Path) -> tuple[dict, dict[str, bytes]]:
    """The case's entry in cases.json, and its files."""
    files = {f"{case.name}/{case.file}": timeless_model(folder / case.file)}

    def listed(kind, named_arrays):
        entries = []
        for index, (name, array) in enumerate(named_arrays):
            entries.append({"name": name, "file": f"{case.name}/{kind}_{index}.npy"})
            # The tests read arrays of rows: one number is one.
            files[entries[-1]["file"]] = npy_bytes(np.atleast_1d(array))
        return entries

    entry = {
        "name": case.name,
        "model": f"{case.name}/{case.file}",
        "inputs": listed("input", solved.inputs.items()),
        "outputs": listed("output", solved.outputs),
        "tolerance": case.accepted_difference(),
        "keras": case.keras_version(),
    }
    return entry, files


def make_pack(family: str, output: pathlib.Path) -> None:
    entries, members = [], {}
    for case in load_cases(family):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            entry, files = members_of(case, solve_or_explain(case, folder), folder)
        entries.append(entry)
        members |= files
    path = output / f"{family}.zip"
    write_pack(path, members | {"cases.json": json_bytes(entries)})
    print(f"{family}: {len(entries)} cases, {path.stat().st_size} bytes", flush=True)


def solve_or_explain(case, folder):
    try:
        return case.solve(folder)
    except Exception as error:
        error.add_note(f"while making the case {case.name}")
        raise


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=", ".join(FAMILIES))
    parser.add_argument("--output", type=pathlib.Path, default=GOLDEN)
    arguments = parser.parse_args()
    tf.get_logger().setLevel("ERROR")
    for family in arguments.families or FAMILIES:
        make_pack(family, arguments.output)


if __name__ == "__main__":
    main()
