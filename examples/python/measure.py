#!/usr/bin/env python3
"""Measures the memory of the examples' programs from outside, draws it, and writes the table.

    measure.py                    all of them: about half an hour
    measure.py --only tf_data     one case; again for more
    measure.py --render           plots and table again, from the results kept

Needs keras, tensorflow, matplotlib and weir. Each program runs in a process of its own and tells
its steps by lines "step N" on standard error; at each its resident memory is read from /proc. Keeps
results in build/examples-python.json, and writes memory.png of each case and README.md's table.
"""
import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import re
import socket
import subprocess
import sys
import threading
import time

from render import render

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE.parents[1] / "build" / "examples-python.json"
STEPS = {"list_of_predictions": 400, "generator": 3000, "del_after_use": 1000,
         "collecting_callback": 300, "tf_data": 1000}
PROGRAMS = {"Keras": ["keras_program.py"], "Keras, repaired": ["keras_repaired.py"],
            "Weir": ["weir_program.py"]}
MORE_PROGRAMS = {"tf_data": {"Weir, no TensorFlow": ["weir_program.py", "numpy"]}}
QUIET = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
PACKAGES = ("keras", "tensorflow-cpu", "numpy")


def field(file, name):
    """Of a file in /proc with lines "name: value"; "" where there is none, as in a process's status
    when it has ended."""
    found = re.search(rf"^{name}\s*:\s*(.*)$", pathlib.Path(file).read_text(), re.MULTILINE)
    return found[1].strip() if found else ""


def kibibytes(process, name):
    value = field(f"/proc/{process.pid}/status", name)
    return int(value.split()[0]) if value else 0


def processor_seconds(process):
    """Of all its threads so far."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sample_steps(process, lines, samples):
    """Appends (step, resident KiB, processor seconds) at each step."""
    for line in lines:
        step = re.fullmatch(r"step (\d+)\n", line)
        resident = kibibytes(process, "VmRSS") if step else 0
        if resident:
            samples.append((int(step[1]), resident, processor_seconds(process)))


def narrow_channel():
    """Ends to read and to write, with room for a few lines: a fast program waits until it was looked
    at. A pipe would let it run thousands of steps ahead."""
    ours, theirs = socket.socketpair()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 0)  # The least that there is.
    return ours, theirs


def run(script, options, steps):
    ours, theirs = narrow_channel()
    with ours, ours.makefile() as lines:
        with theirs:
            process = subprocess.Popen([sys.executable, script, str(steps), *options], text=True,
                                       stdout=subprocess.PIPE, stderr=theirs,
                                       env={**os.environ, **QUIET})
        samples = []
        sampler = threading.Thread(target=sample_steps, args=(process, lines, samples))
        sampler.start()
        peak = peak_until_end(process)
        sampler.join()
    output = process.communicate()[0]
    if process.returncode != 0:
        raise SystemExit(f"{script} ended with {process.returncode}")
    return {"samples": samples, "peak": peak, "output": output}


def peak_until_end(process):
    """In KiB. What comes after the last step belongs to it."""
    peak = 0
    # Ended, but not reaped, so that its folder in /proc stays for the sampler.
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        peak = max(peak, kibibytes(process, "VmHWM"))
        time.sleep(0.005)
    return peak


def describe():
    cores = len(os.sched_getaffinity(0))
    memory = int(field("/proc/meminfo", "MemTotal").split()[0]) / 2**20
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    return (f"{field('/proc/cpuinfo', 'model name')}, {cores} cores, {memory:.0f} GiB, Linux "
            f"{platform.release().split('-')[0]}; Python {platform.python_version()}, {packages}")


def measure(case, results):
    programs = {**PROGRAMS, **MORE_PROGRAMS.get(case, {})}
    results["machine"] = describe()
    results["cases"][case] = {
        label: run(HERE / case / script, options, STEPS[case])
        for label, (script, *options) in programs.items()}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=STEPS, action="append", help="this case; again for more")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    options = parser.parse_args()
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"cases": {}}
    for case in [] if options.render else options.only or STEPS:
        measure(case, results)
    render(results, HERE)


if __name__ == "__main__":
    main()
