#!/usr/bin/env python3
"""Measures what `import weir` costs beyond `import numpy`: time, and memory of the process's own.

    .venv/bin/python bench/python/import_cost.py --repeats 20
    .venv/bin/python bench/python/import_cost.py --once      the two numbers alone

Prints medians, the best and the worst, each over that many fresh processes; on a machine that does
other work meanwhile the best is nearest to the truth. The bar: 50 ms and 15 MB.
"""
import argparse
import statistics
import subprocess
import sys
from collections.abc import Sequence

BAR_MS, BAR_MB = 50, 15

# Pages that the process shares with others (libc's, say) are not the package's cost.
CHILD = """
import time
import numpy

def own_bytes():
    with open("/proc/self/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Private")) * 1024

before = own_bytes()
begin = time.perf_counter()
import weir
spent = time.perf_counter() - begin
print(spent * 1e3, (own_bytes() - before) / 1e6)
"""


def measure() -> tuple[float, float]:
    """(milliseconds, megabytes) of one fresh process."""
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    milliseconds, megabytes = map(float, done.stdout.split())
    return milliseconds, megabytes


def line(name: str, values: Sequence[float], unit: str, bar: int) -> str:
    return (f"  {name:<6}  {statistics.median(values):6.2f} {unit} "
            f"({min(values):.2f} to {max(values):.2f}), bar {bar} {unit}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--once", action="store_true", help="print milliseconds and megabytes")
    options = parser.parse_args()
    if options.once:
        print(*measure())
        return
    repeats = options.repeats
    measure()  # Compiles the modules, and has their files read.
    times, sizes = zip(*(measure() for _ in range(repeats)))
    print(f"import weir, beyond NumPy, median of {repeats} (best to worst):")
    print(line("time", times, "ms", BAR_MS))
    print(line("memory", sizes, "MB", BAR_MB))


if __name__ == "__main__":
    main()
