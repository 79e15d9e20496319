#!/usr/bin/env python3
"""Small models of keras-hub's architectures, with random weights, beside Keras.

    python hub_models.py [--only NAME]... [--page FILE]     needs the package and what requirements.txt lists

Prints what comes of each, and with --page writes the table into the Markdown file, between its two marks. The
exit code is 1 where an answer differs.
"""

import argparse
import dataclasses
import os
import pathlib
import sys
import tempfile
import zlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "golden"))

import keras
import numpy as np
import weir
from comparison import distance
from hub_architectures import ARCHITECTURES, flat, inputs_for
from weights import randomise

TOLERANCE = 1e-4
ROWS = 3
BEGIN, END = "<!-- made by tools/conformance/hub_models.py -->", "<!-- end -->"


@dataclasses.dataclass
class Verdict:
    name: str
    word: str  # "agrees", "differs", "refused", "not built"
    detail: str

    def line(self):
        return f"{self.name:28} {self.word:10} {self.detail}"


def reason(error):
    """The first line of what an error says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:160]}" if lines else type(error).__name__


def saved_model(make, random, folder):
    """The model as a Functional one with random weights, and its file."""
    model = flat(make())
    if not any(variable.dtype == "int8" for variable in model.weights):
        randomise(model, random)
    path = folder / "model.keras"
    model.save(path)
    return model, path


def outputs_of(model, inputs):
    answer = model(keras.tree.pack_sequence_as(model.input, list(inputs.values())), training=False)
    return [np.asarray(value) for value in keras.tree.flatten(answer)]


def weir_outputs(path, inputs):
    with weir.load_model(path, batch_size=ROWS) as model:
        answer = model.predict_on_batch(dict(inputs))
    return keras.tree.flatten(answer)


def greatest_distance(expected, answers):
    return max(distance(array, np.asarray(answer)) for array, answer in zip(expected, answers))


def verdict_of(name, make, folder):
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(zlib.crc32(name.encode()))
    try:
        model, path = saved_model(make, random, folder)
        inputs = inputs_for(model, random, ROWS)
        expected = outputs_of(model, inputs)
    except Exception as error:  # What keras-hub cannot build or save is a line of the table.
        return Verdict(name, "not built", reason(error))
    try:
        answers = weir_outputs(path, inputs)
        if len(answers) != len(expected):
            return Verdict(name, "differs", f"{len(answers)} outputs instead of {len(expected)}")
        difference = greatest_distance(expected, answers)
    except weir.Error as error:
        return Verdict(name, "refused", str(error).replace(str(path) + ": ", ""))
    except ValueError as error:
        return Verdict(name, "differs", reason(error))
    return Verdict(name, "agrees" if difference <= TOLERANCE else "differs", f"{difference:.0e}")


def table(verdicts):
    rows = ["| architecture | | |", "|---|---|---|"]
    for verdict in verdicts:
        detail = "" if verdict.word == "agrees" else verdict.detail.replace("|", "\\|")
        rows.append(f"| {verdict.name} | {verdict.word} | {detail} |")
    return "\n".join(rows)


def write_table(page, verdicts):
    before, rest = page.read_text().split(BEGIN)
    _, after = rest.split(END)
    page.write_text(f"{before}{BEGIN}\n{table(verdicts)}\n{END}{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", help="an architecture")
    parser.add_argument("--page", type=pathlib.Path, help="a Markdown file to write the table into")
    arguments = parser.parse_args()
    verdicts = []
    for name, make in ARCHITECTURES.items():
        if arguments.only and name not in arguments.only:
            continue
        with tempfile.TemporaryDirectory(prefix="weir-hub-") as folder:
            verdicts.append(verdict_of(name, make, pathlib.Path(folder)))
        print(verdicts[-1].line(), flush=True)
    agreeing = sum(verdict.word == "agrees" for verdict in verdicts)
    print(f"\n{agreeing} of {len(verdicts)} run and agree with Keras")
    if arguments.page:
        write_table(arguments.page, verdicts)
    differing = [verdict.name for verdict in verdicts if verdict.word == "differs"]
    if differing or not verdicts:
        raise SystemExit("differing: " + ", ".join(differing) if differing else "nothing was compared")


if __name__ == "__main__":
    main()
