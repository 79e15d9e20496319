"""Where Weir's time goes in a cell: each step's share of it, and how near it comes to the roof.

Record and report are Weir's own (`weir profile`, `weir report --format json`); the roof is that of the
kernels' benchmark.
"""
import json
import pathlib
import subprocess
import tempfile

import numpy as np

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


def layer_costs(report, roof):
    """By the report's steps: share of the time, part of the peak, part of the roof. Pure."""
    about = report["run"]
    # Where each thread carries its own rows, a time is one thread's.
    threads = about["threads"] if about["mode"] == "throughput" else 1
    everything = sum(layer["seconds"]["total"] for layer in report["layers"])
    costs = []
    for layer in report["layers"]:
        rows = layer["calls"] * about["rows"] / about["steps"]
        seconds = layer["seconds"]["total"] / rows / threads
        bytes_moved = (layer["bytes_read"] + layer["bytes_made"]) / about["micro_batch"]
        by_arithmetic = 2 * layer["multiply_adds"] / roof["flops"]
        by_memory = bytes_moved / roof["bytes_per_second"]
        costs.append({"name": layer["name"], "kind": layer["kind"],
                      "share": layer["seconds"]["total"] / everything, "seconds": seconds,
                      "of_peak": by_arithmetic / seconds,
                      "of_roof": max(by_arithmetic, by_memory) / seconds})
    return costs


def measure_layers(cell, folder, build, roof):
    return layer_costs(report_of(cell, folder, build), roof)
