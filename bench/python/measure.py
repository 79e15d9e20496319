#!/usr/bin/env python3
"""Measures the Python package beside its peers, in one run, and writes the page about it.

    measure.py      needs the package, and what bench/requirements.txt lists

Writes docs/benchmarks-python.md.
"""
import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "bench"))

from common.machine import describe  # noqa: E402
from common.page import Bar, Section, number, table  # noqa: E402

DENSE = ROOT / "examples" / "digits" / "dense.keras"
DIGITS = ROOT / "examples" / "digits" / "digits.keras"
MEBIBYTE = 1 << 20
# Multiplications and additions of ten million rows of Dense(10 → 128 → 1), in thousand millions.
GIGA_OPERATIONS = 10e6 * 2 * (10 * 128 + 128) / 1e9


def run(script, *arguments):
    """What a script prints last, in a process of its own."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1",
             "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run([sys.executable, HERE / script, *arguments], check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env={**os.environ, **quiet})
    return json.loads(done.stdout.strip().splitlines()[-1])


def spread(values):
    return f"{number(min(values))} to {number(max(values))}"


def calls_section():
    times = run("calls.py", DENSE)
    median = {name: statistics.median(values) for name, values in times.items()}
    lines = table(("", "µs a call, median", "all rounds"),
                  [(name, number(median[name]), spread(times[name])) for name in times])
    ratios = [a / b for a, b in zip(times["weir"], times["litert"])]
    return Section(
        "The loop of the demo: one row a call",
        "`Dense(10 → 128 → 1)`: Weir's `predict`, and `set_tensor`, `invoke` and `get_tensor` of "
        "LiteRT, in turns in one process.", lines,
        [Bar("at most 1.5 µs a call", {"weir": median["weir"] <= 1.5}),
         Bar("at most half of LiteRT's in the same run",
             {"weir": statistics.median(ratios) <= 0.5})], [])


def rows_section():
    times = run("rows.py", DENSE)
    median = {name: statistics.median(values) for name, values in times.items()}
    lines = table(("", "seconds, median", "million rows/s", "Weir is faster by",
                   "GFLOP/s that 10 times of it takes"),
                  [(name, number(value), number(10 / value), number(value / median["weir"], 1),
                    number(10 * GIGA_OPERATIONS / value, 0))
                   for name, value in median.items()])
    return Section(
        "Ten million rows in one call",
        "The same model. `tf.function` gets batches of each size and is not charged for putting the "
        "results together; of small batches a part is measured. A core with AVX2 computes at most 32 "
        "floating-point operations a clock: about 90 GFLOP/s.", lines,
        [Bar(f"10 times the throughput of {name}",
             {"weir": value >= 10 * median["weir"]})
         for name, value in median.items() if name != "weir"], [])


def theil_sen(series):
    """The median of the slopes between all pairs of points a quarter of the series apart."""
    apart = len(series) // 4
    return statistics.median((b - a) / apart for a, b in zip(series, series[apart:]))


def level_section():
    found = {"1,000,000 calls": run("level.py", DENSE, "calls"),
             "10,000,000 samples, streamed": run("level.py", DENSE, "stream")}
    lines = table(("", "resident at first, MiB", "at last, MiB", "slope, bytes a step",
                   "tracemalloc, bytes", "blocks"),
                  [(name, number(one["resident"][0] / MEBIBYTE),
                    number(one["resident"][-1] / MEBIBYTE),
                    number(theil_sen(one["resident"]) * 200 / one["steps"], 4),
                    one["traced_growth"], one["blocks_growth"])
                   for name, one in found.items()])
    level = {name: abs(theil_sen(one["resident"])) * 200 < MEBIBYTE and
             one["resident"][-1] - one["resident"][0] < MEBIBYTE for name, one in found.items()}
    flat = {name: one["traced_growth"] < 4096 and one["blocks_growth"] < 100
            for name, one in found.items()}
    return Section("Level", "After a tenth of the steps as a warm-up. A step is a call, or a batch of "
                   "1,000 samples; what tracemalloc and the interpreter count is over 20,000 steps.",
                   lines, [Bar("resident memory is level", level),
                           Bar("tracemalloc and the allocation counter are flat", flat)], [])


def threads_section():
    found = run("threads.py", DIGITS)
    rates = found["rates"]
    lines = table(("", "calls/s, median", "all rounds"),
                  [(name, number(statistics.median(values), 0), spread(values))
                   for name, values in rates.items()])
    ratio = statistics.median(b / a for a, b in zip(rates["one caller"], rates["four callers"]))
    lines += ["", f"Read ahead of a slow consumer: at most {found['most_read_ahead']} batches, with "
              f"prefetch={found['prefetch']} and one that the reader holds."]
    return Section(
        "Threads", "64 images of the digits' model a call.", lines,
        [Bar("four callers lose nothing against one (2 % for the spread)", {"weir": ratio >= 0.98}),
         Bar("the same bits", {"weir": found["same_bits"]}),
         Bar("a slow consumer stays within its queue",
             {"weir": found["most_read_ahead"] <= found["prefetch"] + 1})], [])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", type=pathlib.Path, default=ROOT / "docs" / "benchmarks-python.md")
    options = parser.parse_args()
    from weir.command import PROGRAM

    machine = describe(PROGRAM)
    sections = [calls_section(), rows_section(), level_section(), threads_section()]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    head = ["# Benchmarks of the Python package", "",
            f"Measured on {datetime.date.today()} by `make bench-python`, on {machine['processor']} "
            f"({machine['cores']} cores, {', '.join(machine['instruction_sets'])}), "
            f"{machine['kernel']}, Python {machine['python']}, {machine['weir']}, {packages}. All "
            f"contenders have two threads.", ""]
    lines = head + [line for section in sections for line in section.to_lines()]
    options.page.write_text("\n".join(lines).rstrip() + "\n")


if __name__ == "__main__":
    main()
