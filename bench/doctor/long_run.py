#!/usr/bin/env python3
"""Whether the leak doctor's own memory is fixed: a level program of very many cheap steps, with and without it.

    PYTHON bench/doctor/long_run.py --build build/release [--steps 200000]

Prints the resident memory of the program, of the doctor beside it, and the size of the records after each
eighth of the steps. The exit code is 1 when either memory has grown by more than 1 MiB since the second
eighth. The program needs nothing but Python.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

EIGHTHS = 8
LIMIT = 1 << 20

PROGRAM = """
import json, os, sys, time
agent = sys.modules.get("weir_doctor_agent")  # As weir.step() finds it.
step = agent.step if agent else lambda: None

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

steps, eighths = int(sys.argv[1]), int(sys.argv[2])
kept = {}
for number in range(steps):
    kept[number % 100] = bytearray(1024 + number % 7 * 512), [str(number)]
    step()
    if (number + 1) % (steps // eighths) == 0:
        print(json.dumps({"steps": number + 1, "resident": resident(), "cpu": time.process_time()}), flush=True)
"""


def resident_of(process):
    with open(f"/proc/{process}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def bytes_in(folder):
    return sum(file.stat().st_size for file in pathlib.Path(folder).rglob("*") if file.is_file())


def run(command, records=None):
    """What the program says after each eighth, with what is seen of the doctor then."""
    rows = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            row = json.loads(line)
            if records is not None:
                row.update(doctor=resident_of(process.pid), records=bytes_in(records))
            rows.append(row)
        said = process.stderr.read()
    if process.returncode:
        sys.exit(said)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--steps", type=int, default=200_000)
    arguments = parser.parse_args()
    weir = os.path.join(os.path.abspath(arguments.build), "bin/weir")
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "steps.py")
        pathlib.Path(program).write_text(PROGRAM)
        python = [sys.executable, program, str(arguments.steps), str(EIGHTHS)]
        plain = run(python)
        watched = run([weir, "doctor", "--records", folder, "--", *python], folder)
    print(f"{'steps':>9}{'plain MB':>10}{'watched MB':>12}{'doctor MB':>11}{'records MB':>12}{'us a step':>11}")
    for before, row in zip(plain, watched):
        cost = 1e6 * (row["cpu"] - before["cpu"]) / row["steps"]
        print(f"{row['steps']:9}{before['resident'] / 1e6:10.2f}{row['resident'] / 1e6:12.2f}"
              f"{row['doctor'] / 1e6:11.2f}{row['records'] / 1e6:12.2f}{cost:11.2f}")
    grown = [name for name in ("resident", "doctor") if watched[-1][name] - watched[1][name] > LIMIT]
    sys.exit(f"{' and '.join(grown)} memory has grown" if grown else 0)


if __name__ == "__main__":
    main()
