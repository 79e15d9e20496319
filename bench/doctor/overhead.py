#!/usr/bin/env python3
"""What the tracer and the whole doctor cost a Keras predict loop, in time and memory, next to memray and Scalene.

Runs the same loop as it is, with the tracer (sampled and exact), under weir doctor, memray and Scalene, in
turns, each in a process of its own, and prints medians. Run it on a quiet machine, with a Python that
has Keras, memray and Scalene, and no PyTorch: Scalene imports that, and beside TensorFlow it aborts.

    PYTHON bench/doctor/overhead.py --build build/release
"""
import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile

LOOP = """
import ctypes, json, os, sys, time
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
import keras, numpy
begin_step = getattr(ctypes.CDLL(None), "weir_tracer_step", None) if "LD_PRELOAD" in os.environ else None
model = keras.Sequential([keras.layers.Input((64,)), keras.layers.Dense(256, activation="relu"),
                          keras.layers.Dense(10)])
rows = numpy.random.default_rng(1).random((256, 64), dtype="float32")
for _ in range(3):
    model.predict(rows, verbose=0)
steps, seconds = int(sys.argv[1]), []
cpu = time.process_time()
for step in range(steps):
    begin = time.perf_counter()
    if begin_step:
        begin_step(step)
    model.predict(rows, verbose=0)
    seconds.append(time.perf_counter() - begin)
cpu = time.process_time() - cpu
resident = next(int(line.split()[1]) for line in open("/proc/self/status") if line[:5] == "VmRSS")
print(json.dumps({"milliseconds": 1e3 * sorted(seconds)[steps // 2], "cpu": 1e3 * cpu / steps,
                  "megabytes": resident / 1024}))
"""


def ways(build, folder):
    """Name: (command in front of the script, environment)."""
    tracer = os.path.join(build, "lib/libweir_tracer.so")
    doctor = [os.path.join(build, "bin/weir"), "doctor"]
    python = [sys.executable]
    out = os.path.join(folder, "trace-%p.jsonl")
    found = {"plain": (python, {}),
             "doctor": ([*doctor, "--", *python], {}),
             "doctor, exact": ([*doctor, "--exact", "--", *python], {}),
             "tracer": (python, {"LD_PRELOAD": tracer, "WEIR_TRACE_OUT": out}),
             "tracer, exact": (python, {"LD_PRELOAD": tracer, "WEIR_TRACE_OUT": out,
                                        "WEIR_TRACE": "exact"})}
    if importlib.util.find_spec("memray"):
        record = os.path.join(folder, "memray.bin")
        found["memray"] = ([*python, "-m", "memray", "run", "-q", "-f", "-o", record], {})
        found["memray, native"] = (
            [*python, "-m", "memray", "run", "-q", "-f", "--native", "-o", record], {})
    if importlib.util.find_spec("scalene"):
        record = os.path.join(folder, "scalene.json")
        found["scalene"] = ([*python, "-m", "scalene", "run", "-o", record], {})
    return found


def with_script(command, script, steps):
    # Scalene takes what follows the script for its own without this.
    separator = ["---"] if "scalene" in command else []
    return [*command, script, *separator, str(steps)]


def measure(script, steps, command, settings):
    done = subprocess.run(with_script(command, script, steps),
                          capture_output=True, text=True, env={**os.environ, **settings})
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    said = [line for line in done.stdout.splitlines() if line.startswith('{"milliseconds"')]
    return json.loads(said[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--only", action="append", help="a way, beside plain")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "loop.py")
        with open(script, "w") as file:
            file.write(LOOP)
        chosen = ways(os.path.abspath(arguments.build), folder)
        if arguments.only:
            chosen = {name: way for name, way in chosen.items()
                      if name in ("plain", *arguments.only)}
        for _ in range(arguments.rounds):
            for name, (command, settings) in chosen.items():
                results.setdefault(name, []).append(
                    measure(script, arguments.steps, command, settings))
    print(f"{'':16}{'ms a step':>12}{'CPU ms':>12}{'times':>8}{'resident MB':>14}")
    median = {name: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
              for name, runs in results.items()}
    for name, row in median.items():
        print(f"{name:16}{row['milliseconds']:12.2f}{row['cpu']:12.2f}"
              f"{row['cpu'] / median['plain']['cpu']:8.2f}{row['megabytes']:14.1f}")


if __name__ == "__main__":
    main()
