"""The models of this benchmark, and files of many rows for them, made once in a folder.

FOLDER/NAME/ gets, beside what every benchmark needs, rows.npy (1,024 rows) and few.npy (the first 64)
where no axis is free.
"""
import numpy as np

from common.models import ensure, has_free_axes
from common.rows import make_rows

ROWS = 1024
FEW_ROWS = 64
FORMS = ("model.onnx", "openvino.xml", "model-{batch}.tflite")


def ensure_inputs(folder, names):
    ensure(folder, names, FORMS)
    for name in names:
        if not has_free_axes(folder / name) and not (folder / name / "rows.npy").exists():
            make_row_files(folder / name)


def make_row_files(folder):
    batch = np.load(folder / "batch.npy", mmap_mode="r")
    rows = make_rows(batch.shape[1:], str(batch.dtype), ROWS)
    np.save(folder / "few.npy", rows[:FEW_ROWS])
    np.save(folder / "rows.npy", rows)
