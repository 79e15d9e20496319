#!/usr/bin/env python3
"""One peer, one model, one process: predicts the same batch over and over and says how fast.

    peers.py PEER FOLDER THREADS SECONDS          how fast, as JSON
    peers.py PEER FOLDER THREADS verify           how far from Keras's answers, as JSON
    peers.py PEER FOLDER THREADS SECONDS DTYPE    memory after each shape of standard input

Imports only what that peer needs, for its memory is measured from outside.
"""
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import sys
import time

import numpy as np

WARM_UP = 2


def read_rows(folder):
    return np.load(f"{folder}/batch.npy")


def limit_tensorflow(threads):
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def keras_model(folder, threads):
    limit_tensorflow(threads)
    import keras

    return keras.models.load_model(f"{folder}/model.keras", compile=False)


def keras_predict(folder, threads):
    model = keras_model(folder, threads)
    return lambda rows: model.predict(rows, batch_size=len(rows), verbose=0)


def keras_call(folder, threads):
    model = keras_model(folder, threads)
    return lambda rows: model(rows, training=False).numpy()


def onnx_session(folder, threads, arena):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = arena
    options.log_severity_level = 3
    session = ort.InferenceSession(f"{folder}/model.onnx", options, ["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda rows: session.run(None, {name: rows})[0]


def onnx_arena(folder, threads):
    return onnx_session(folder, threads, True)


def onnx_no_arena(folder, threads):
    return onnx_session(folder, threads, False)


def openvino_compiled(folder, threads, hint, shape):
    """float32 as everyone else, on processors that would choose less."""
    import openvino as ov

    core = ov.Core()
    model = core.read_model(f"{folder}/model.onnx")
    if shape is not None:
        model.reshape(list(shape))
    return core.compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": hint,
        "INFERENCE_PRECISION_HINT": "f32"})


def openvino_latency(folder, threads, shape=None):
    request = openvino_compiled(folder, threads, "LATENCY", shape).create_infer_request()
    return lambda rows: request.infer([rows])[0]


def litert(folder, threads):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(f"{folder}/model.tflite", num_threads=threads)
    given = interpreter.get_input_details()[0]["index"]
    answer = interpreter.get_output_details()[0]["index"]
    shape = None

    def predict(rows):
        nonlocal shape
        if rows.shape != shape:
            shape = rows.shape
            interpreter.resize_tensor_input(given, shape)
            interpreter.allocate_tensors()
        interpreter.set_tensor(given, rows)
        interpreter.invoke()
        return interpreter.get_tensor(answer)

    return predict


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


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


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
    extra = {"shape": rows.shape} if PEERS[peer] is openvino_latency else {}
    found = np.asarray(PEERS[peer](folder, threads, **extra)(rows))
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def measure(peer, folder, threads, seconds):
    rows = read_rows(folder)
    if peer == "OpenVINO, throughput hint":
        return steady_streams(folder, threads, rows, seconds)
    build = PEERS[peer]
    extra = {"shape": rows.shape} if build is openvino_latency else {}
    return steady(build(folder, threads, **extra), rows, seconds)


def main(peer, folder, threads, seconds, dtype=None):
    import json

    threads = int(threads)
    if peer == "bare interpreter":
        result = {}
    elif seconds == "verify":
        result = {"difference": difference(peer, folder, threads)}
    elif dtype:
        result = {"resident": many_shapes(PEERS[peer](folder, threads), sys.stdin, dtype)}
    else:
        result = {"rows_per_second": measure(peer, folder, threads, float(seconds))}
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
