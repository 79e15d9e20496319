"""A package that the doctor's agent takes for Keras, with a model that only seems to predict."""

import pathlib

_MODEL = '''
import os, shutil

class Model:
    name = "digits"

    def __init__(self):
        self.weights = []

    def predict(self, x, batch_size=None):
        return [bytearray(1000)] * len(x)

    predict_on_batch = __call__ = fit = evaluate = train_on_batch = test_on_batch = predict

    def save(self, path):
        shutil.copy(os.environ["SAVED_MODEL"], path)
'''


def write_package(folder: pathlib.Path) -> None:
    """Writes `keras.src.models.model`, to be found where `folder` is in the path."""
    inner = folder / "keras" / "src" / "models"
    inner.mkdir(parents=True)
    for package in (inner, inner.parent, inner.parent.parent):
        (package / "__init__.py").touch()
    (inner / "model.py").write_text(_MODEL)
