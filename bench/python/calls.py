#!/usr/bin/env python3
"""The loop of the demo, one row a call: Weir beside LiteRT, in turns, in one process.

    calls.py MODEL          prints JSON: microseconds a call of each, in every round
"""
import json
import pathlib
import sys
import time

import numpy as np
import weir

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

ROUNDS = 21
CALLS = 20_000


def weir_predict(path):
    model = weir.load_model(path, threads=2)
    return model.predict


def litert(path):
    """For one row only, so that the loop need not look at its shape."""
    import keras
    from ai_edge_litert.interpreter import Interpreter
    from common.forms import tflite_of

    model = keras.models.load_model(path, compile=False)
    interpreter = Interpreter(model_content=tflite_of(model, 1), num_threads=2)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]["index"]
    answer = interpreter.get_output_details()[0]["index"]

    def predict(x):
        interpreter.set_tensor(given, x)
        interpreter.invoke()
        return interpreter.get_tensor(answer)

    return predict


def microseconds(predict, x):
    start = time.perf_counter()
    for _ in range(CALLS):
        predict(x)
    return (time.perf_counter() - start) / CALLS * 1e6


def main():
    contenders = {"weir": weir_predict(sys.argv[1]), "litert": litert(sys.argv[1])}
    x = np.random.default_rng(1).normal(size=(1, 10)).astype("float32")
    answers = [predict(x) for predict in contenders.values()]
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-4, atol=1e-5)
    times = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, predict in contenders.items():
            times[name].append(microseconds(predict, x))
    print(json.dumps(times))


if __name__ == "__main__":
    main()
