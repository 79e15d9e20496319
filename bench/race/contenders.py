"""Who races, and how each is started."""
import dataclasses
import os
import pathlib
import sys

from common import forms

SCRIPT = pathlib.Path(__file__).with_name("contender.py")


@dataclasses.dataclass(frozen=True)
class Kind:
    """`form` is the file beside the model that it needs, if it is not the model's own."""

    name: str
    form: str | None = None

    def command(self, build, folder, batch, threads):
        if self.name == "Weir, C++":
            return [build / "bin/weir_runner", folder / "model.keras", folder / "batch.npy",
                    batch, threads]
        if self.name == "SOFIE":
            program = folder / self.form.format(batch=batch)
            return [program / "runner", program / "model.dat", folder / "batch.npy", batch]
        return [sys.executable, SCRIPT, self.name, folder, batch, threads]

    def environment(self, build, threads):
        return {**os.environ, "PYTHONPATH": str(build / "python"),
                "OPENBLAS_NUM_THREADS": str(threads)}

    def form_record(self, folder, batch):
        """By which way its form of the model was made, and why not by others; empty for a contender
        that reads the model itself."""
        return forms.read_record(folder, self.form.format(batch=batch)) if self.form else {}


KINDS = (
    Kind("Weir, C++"),
    Kind("Weir, Python"),
    Kind("Keras predict"),
    Kind("tf.function"),
    Kind("ONNX Runtime", "model.onnx"),
    Kind("OpenVINO", "openvino.xml"),
    Kind("LiteRT", "model-{batch}.tflite"),
    Kind("PyTorch"),
    Kind("SOFIE", "sofie-{batch}"),
)
NAMES = tuple(kind.name for kind in KINDS)


def forms_of(kinds):
    """What has to be made for them, in the order of making: of ONNX other forms are made."""
    found = {kind.form for kind in kinds if kind.form}
    if found & {"openvino.xml", "sofie-{batch}"}:
        found.add("model.onnx")
    return [form for form in forms.WAYS if form in found]
