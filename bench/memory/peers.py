#!/usr/bin/env python3
"""One peer, one model, one process: predicts the same batch over and over and says how fast.

    peers.py PEER FOLDER THREADS SECONDS          how fast, as JSON
    peers.py PEER FOLDER THREADS verify           how far from Keras's answers, as JSON
    peers.py PEER FOLDER THREADS SECONDS DTYPE    memory after each shape of standard input

Imports only what that peer needs, for its memory is measured from outside.
"""
import pathlib
import sys
import time

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

from common.memory import resident_bytes  # noqa: E402
from common.runtimes import (  # noqa: E402
    keras_call,
    keras_predict,
    litert,
    onnx_arena,
    onnx_no_arena,
    openvino_compiled,
    openvino_latency,
)

WARM_UP = 2


def read_rows(folder):
    return np.load(f"{folder}/batch.npy")


PEERS = {
    "Keras predict": keras_predict,
    "Keras call": keras_call,
    "ONNX Runtime": onnx_arena,
    "ONNX Runtime, no arena": onnx_no_arena,
    "OpenVINO": openvino_latency,
    "LiteRT": litert,
}


def steady(predict, rows, seconds):
    """Rows a second, after a warm-up, over at least two calls."""
    for _ in range(WARM_UP):
        predict(rows)
    start, calls, spent = time.perf_counter(), 0, 0.0
    while calls < 2 or spent < seconds:
        predict(rows)
        calls += 1
        spent = time.perf_counter() - start
    return calls * len(rows) / spent


def steady_streams(folder, threads, rows, seconds):
    """OpenVINO's throughput hint: as many requests in flight as it asks for."""
    import openvino as ov

    compiled = openvino_compiled(folder, threads, "THROUGHPUT", rows.shape)
    queue = ov.AsyncInferQueue(compiled)

    def predict_all(rows):
        for _ in range(len(queue)):
            queue.start_async([rows])
        queue.wait_all()

    return steady(predict_all, rows, seconds) * len(queue)


def many_shapes(predict, lines, dtype):
    """Resident bytes after each shape of standard input, "64,48,3" a line."""
    resident = []
    for line in lines:
        shape = (1, *map(int, line.split(",")))
        predict(np.ones(shape, dtype))
        resident.append(resident_bytes())
    return resident


def difference(peer, folder, threads):
    """The largest from Keras's answers, relative to the largest answer; NaN where it has one."""
    rows, expected = read_rows(folder), np.load(f"{folder}/expected.npy")
    found = np.asarray(PEERS[peer](folder, threads, rows.shape)(rows))
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def measure(peer, folder, threads, seconds):
    rows = read_rows(folder)
    if peer == "OpenVINO, throughput hint":
        return steady_streams(folder, threads, rows, seconds)
    return steady(PEERS[peer](folder, threads, rows.shape), rows, seconds)


def main(peer, folder, threads, seconds, dtype=None):
    import json

    threads = int(threads)
    if peer == "bare interpreter":
        result = {}
    elif seconds == "verify":
        result = {"difference": difference(peer, folder, threads)}
    elif dtype:
        result = {"resident": many_shapes(PEERS[peer](folder, threads, None), sys.stdin, dtype)}
    else:
        result = {"rows_per_second": measure(peer, folder, threads, float(seconds))}
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
