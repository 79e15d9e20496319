"""Where Weir's time goes in a cell, by its own profile, beside the roof of the kernels' benchmark."""
import json
import pathlib
import subprocess
import tempfile

import numpy as np

from layer_costs import layer_costs

SECONDS = 2
NO_STEP_LIMIT = 10**9


def run(*command):
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    return done.stdout


def measure_roof(build, threads):
    """Floating-point operations and bytes a second."""
    return json.loads(run(build / "bin/roof", threads))


def report_of(cell, folder, build):
    """Of a while of predicting the cell's rows, over and over."""
    # A single row passes by itself, not together with those that come after it.
    plan = ("--mode", "latency", "--micro-batch", 1) if cell.batch == 1 else ()
    with tempfile.TemporaryDirectory() as work:
        rows, record = pathlib.Path(work, "rows.npy"), pathlib.Path(work, "run.weirprof")
        np.save(rows, np.load(folder / "batch.npy", mmap_mode="r")[:cell.batch])
        run(build / "bin/weir", "profile", folder / "model.keras", "--input", rows,
            "--batch-size", cell.batch, "--threads", cell.threads, "--seconds", SECONDS,
            "--steps", NO_STEP_LIMIT, "--output", record, *plan)
        return json.loads(run(build / "bin/weir", "report", record, "--format", "json"))


def measure_layers(cell, folder, build, roof):
    return layer_costs(report_of(cell, folder, build), roof)
