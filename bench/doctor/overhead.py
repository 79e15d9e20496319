#!/usr/bin/env python3
"""What the tracer and the whole doctor cost a Keras predict loop, in time and memory, next to memray and Scalene.

The same loop as it is, with the tracer (sampled and exact), under weir doctor, memray and Scalene, each in
a process of its own. They take turns of a few steps, so that what the machine does at the same time
meets all of them; a ratio is the median of a way's times by those of the plain loop in the same round.
Run it on a quiet machine, with a Python that has Keras, memray and Scalene, and no PyTorch: Scalene
imports that, and beside TensorFlow it aborts.

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

# Each line that it reads is a number of steps; it answers what they took, and its memory.
LOOP = """
import ctypes, json, os, sys, time
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
import keras, numpy
begin_step = getattr(ctypes.CDLL(None), "weir_tracer_step", None) if "LD_PRELOAD" in os.environ else None
model = keras.Sequential([keras.layers.Input((64,)), keras.layers.Dense(256, activation="relu"),
                          keras.layers.Dense(10)])
rows = numpy.random.default_rng(1).random((256, 64), dtype="float32")
step = 0
for line in sys.stdin:
    steps, seconds = int(line), []
    cpu = time.process_time()
    for _ in range(steps):
        begin = time.perf_counter()
        if begin_step:
            begin_step(step)
        model.predict(rows, verbose=0)
        seconds.append(time.perf_counter() - begin)
        step += 1
    cpu = time.process_time() - cpu
    resident = next(int(line.split()[1]) for line in open("/proc/self/status") if line[:5] == "VmRSS")
    print(json.dumps({"wall": 1e3 * sorted(seconds)[steps // 2], "cpu": 1e3 * cpu / steps,
                      "megabytes": resident / 1024}), flush=True)
"""
PLAIN = "plain"


def ways(build, folder):
    """Name: (command in front of the script, environment)."""
    tracer = os.path.join(build, "lib/libweir_tracer.so")
    doctor = [os.path.join(build, "bin/weir"), "doctor"]
    python = [sys.executable]
    out = os.path.join(folder, "trace-%p.jsonl")
    found = {PLAIN: (python, {}),
             "doctor": ([*doctor, "--", *python], {}),
             "doctor, exact": ([*doctor, "--exact", "--", *python], {}),
             "tracer": (python, {"LD_PRELOAD": tracer, "WEIR_TRACE_OUT": out}),
             "tracer, exact": (python, {"LD_PRELOAD": tracer, "WEIR_TRACE_OUT": out,
                                        "WEIR_TRACE": "exact"})}
    if importlib.util.find_spec("memray"):
        memray = [*python, "-m", "memray", "run", "-q", "-f"]
        found["memray"] = ([*memray, "-o", os.path.join(folder, "memray.bin")], {})
        found["memray, native"] = (
            [*memray, "--native", "-o", os.path.join(folder, "memray-native.bin")], {})
    if importlib.util.find_spec("scalene"):
        record = os.path.join(folder, "scalene.json")
        found["scalene"] = ([*python, "-m", "scalene", "run", "-o", record], {})
    return found


class Contender:
    """A loop that waits for its turn."""

    def __init__(self, script, command, settings):
        self.command = command
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([*command, script], env={**os.environ, **settings}, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)

    def run(self, steps):
        print(steps, file=self.process.stdin, flush=True)
        for line in self.process.stdout:
            if line.startswith('{"wall"'):
                return json.loads(line)
        self.errors.seek(0)
        raise SystemExit(f"{' '.join(self.command)} ended:\n{self.errors.read()[-2000:]}")

    def end(self):
        self.process.communicate()


def table(rounds):
    """Rounds are dicts of what each way took."""
    yield f"{'':16}{'wall ms':>10}{'times':>8}{'CPU ms':>10}{'times':>8}{'quartiles':>14}{'resident MB':>14}"
    for name in rounds[0]:
        took = {key: statistics.median(one[name][key] for one in rounds) for key in rounds[0][name]}
        times = {key: statistics.quantiles([one[name][key] / one[PLAIN][key] for one in rounds])
                 for key in ("wall", "cpu")}
        spread = f"{times['cpu'][0]:.2f} - {times['cpu'][2]:.2f}"
        yield (f"{name:16}{took['wall']:10.1f}{times['wall'][1]:8.2f}{took['cpu']:10.1f}"
               f"{times['cpu'][1]:8.2f}{spread:>14}{rounds[-1][name]['megabytes']:14.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--only", action="append", help="a way, beside plain")
    parser.add_argument("--steps", type=int, default=5, help="of a turn")
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "loop.py")
        with open(script, "w") as file:
            file.write(LOOP)
        chosen = ways(os.path.abspath(arguments.build), folder)
        if arguments.only:
            chosen = {name: way for name, way in chosen.items() if name in (PLAIN, *arguments.only)}
        contenders = {name: Contender(script, *way) for name, way in chosen.items()}
        for contender in contenders.values():
            contender.run(3)
        rounds = [{name: contender.run(arguments.steps) for name, contender in contenders.items()}
                  for _ in range(arguments.rounds)]
        for contender in contenders.values():
            contender.end()
    print("\n".join(table(rounds)))


if __name__ == "__main__":
    main()
