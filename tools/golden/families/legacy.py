"""Older files: whole-model .h5 of Keras 3; .h5, .keras and SavedModel of Keras 2 (see keras2.py)."""

import dataclasses
import functools
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from case import MODEL_TOLERANCE, Case, Solved
from families import models

SAVED_MODEL = "saved_model.zip"
FILES = ("model.h5", "model.keras", SAVED_MODEL)
KERAS2_SCRIPT = pathlib.Path(__file__).parents[1] / "keras2.py"


@functools.cache
def keras2_files(models: tuple[str, ...]) -> tempfile.TemporaryDirectory:
    """Keras 2's models and answers, made by one process of its own; without names, all of them."""
    folder = tempfile.TemporaryDirectory()
    subprocess.run([sys.executable, KERAS2_SCRIPT, folder.name, *models], check=True)
    return folder


@dataclasses.dataclass
class Keras2Case:
    """A model of keras2.py, saved to `file` and answered by Keras 2 itself."""

    model: str
    file: str
    # The models that are made with it.
    family: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        kind = "saved_model" if self.file == SAVED_MODEL else self.file.rpartition(".")[2]
        return f"keras2_{self.model}_{kind}"

    def solve(self, folder: pathlib.Path, seed: int = 0) -> Solved:
        """The answers of Keras 2 are the same for every seed."""
        made = pathlib.Path(keras2_files(self.family).name) / self.model
        shutil.copy(made / self.file, folder / self.file)
        names = json.loads((made / "names.json").read_text())
        with np.load(made / "arrays.npz") as arrays:
            inputs = {name: arrays[f"input_{i}"] for i, name in enumerate(names["inputs"])}
            outputs = [(name, arrays[f"output_{i}"]) for i, name in enumerate(names["outputs"])]
        return Solved(inputs, outputs)

    def accepted_difference(self) -> float:
        return MODEL_TOLERANCE

    def keras_version(self) -> str:
        return (pathlib.Path(keras2_files(self.family).name) / "version.txt").read_text()


OF_KERAS_3 = (
    models.sequential_with_input,
    models.sequential_built_later,
    models.sequential_one_dimensional,
    models.sequential_in_sequential,
    models.residual,
    models.sequential_in_functional,
    models.functional_in_functional_in_sequential,
    models.nested_called_twice,
    models.shared_layer,
    models.shared_between_branches,
    models.several_inputs_and_outputs,
    models.dictionary_inputs,
    models.identifiers_and_numbers,
    models.mixed_precision,
    models.tiny_mobilenet,
    models.tiny_unet,
    models.tiny_convnext,
)

OF_KERAS_2 = (
    "sequential",
    "sequential_built_later",
    "convolutional",
    "one_dimensional",
    "residual",
    "nested",
    "shared",
    "several_inputs_and_outputs",
    "dictionary_outputs",
    "identifiers",
    "normalizations",
    "activations",
    "tensorflow_functions",
    "tensorflow_shapes",
    "tensorflow_order",
    "thresholded",
    "convolution_kinds",
    "reshapes",
    "policies",
    "free_size",
    "recurrent",
    "recurrent_wrappers",
    "masked_recurrent",
    "recurrent_cells",
    "initial_states",
    "video",
    "convolutional_recurrent",
    "attention",
    "masked_attention",
    "time_major",
)

CASES = [
    *[Case(f"{build.__name__}_h5", build, file="model.h5") for build in OF_KERAS_3],
    *[Keras2Case(name, file) for name in OF_KERAS_2 for file in FILES],
    *[Keras2Case("cudnn", file) for file in ("model.h5", "model.keras")],
]
