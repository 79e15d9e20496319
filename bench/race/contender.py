#!/usr/bin/env python3
"""One contender, one model, one batch size, in a process of its own, which obeys standard input:

    contender.py NAME FOLDER BATCH THREADS

    answer FILE         predicts, and writes the answers to a .npy file
    run GROUPS CALLS    so many groups of so many calls; answers with the seconds a call of each group

Every answer is a line of JSON; the first, when it is ready to obey, is an empty object.
"""
import json
import os
import pathlib
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
from common import runtimes  # noqa: E402

CONTENDERS = {
    "Keras predict": runtimes.keras_predict,
    "tf.function": runtimes.tf_function,
    "ONNX Runtime": runtimes.onnx_arena,
    "OpenVINO": runtimes.openvino_latency,
    "LiteRT": runtimes.litert,
    "PyTorch": runtimes.pytorch,
    "Weir, Python": runtimes.weir_python,
}


def group_seconds(predict, rows, calls):
    start = time.perf_counter()
    for _ in range(calls):
        predict(rows)
    return (time.perf_counter() - start) / calls


def obey(predict, rows, command, *arguments):
    if command == "answer":
        np.save(arguments[0], np.asarray(predict(rows)))
        return {}
    groups, calls = map(int, arguments)
    return [group_seconds(predict, rows, calls) for _ in range(groups)]


def claim_standard_output():
    """What libraries print goes to standard error instead."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def main(name, folder, batch, threads):
    answers = claim_standard_output()
    rows = np.load(f"{folder}/batch.npy")[:int(batch)]
    predict = CONTENDERS[name](folder, int(threads), rows.shape)
    print("{}", file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(obey(predict, rows, *line.split(maxsplit=2))), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
