#!/usr/bin/env python3
"""Measures Weir's memory beside its peers, in one run, and writes the page about it.

    measure.py --weir build/release/bin/weir            everything: hours
    measure.py --weir build/release/bin/weir --quick    a subset, once: minutes
    measure.py --render                                 the page again, from the results kept

Keeps models and results in build/bench-memory, and writes docs/benchmarks.md.
"""
import argparse
import datetime
import importlib
import json
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bench"))

from render import render  # noqa: E402
from weir import Weir  # noqa: E402

from bench import Bench  # noqa: E402

TABLES = ("batch_sizes", "batch_32", "whole_batch", "limits", "level", "sharing", "streaming",
          "shapes")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weir", type=pathlib.Path, default=ROOT / "build/release/bin/weir")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/bench-memory",
                        help="models and raw results")
    parser.add_argument("--page", type=pathlib.Path, default=ROOT / "docs/benchmarks.md")
    parser.add_argument("--only", choices=TABLES, action="append", help="this table; again for more")
    parser.add_argument("--model", action="append", help="this model alone; again for more")
    parser.add_argument("--quick", action="store_true", help="fewer models, once")
    parser.add_argument("--repeats", type=int, help="of each measurement; 3, or 1 with --quick")
    parser.add_argument("--seconds", type=float, help="of steady state; 10, or 2 with --quick")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)),
                        help="of every contender; all processors by default")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    return parser.parse_args()


def measure(options, tables, results):
    """Adds the records of each table to the results as soon as it is done, in place of older ones."""
    from common.machine import describe
    from inputs import ensure_inputs

    about = {"machine": describe(options.weir), "settings": settings_of(options)}
    if any(results.get(key) != value for key, value in about.items()):
        results["records"] = []  # A page never mixes machines or settings.
    results.update(about, date=datetime.date.today().isoformat())
    for table in tables:
        module = importlib.import_module(f"tables.{table}")
        with tempfile.TemporaryDirectory(dir=options.folder) as work:
            bench = bench_for(options, results["settings"], pathlib.Path(work))
            ensure_inputs(bench.models, bench.chosen(module.MODELS, module.QUICK))
            module.measure(bench)
        kept = [r for r in results["records"] if r["table"] != table]
        results["records"] = kept + bench.records
        save(options, results)


def settings_of(options):
    return {"quick": options.quick, "threads": options.threads,
            "repeats": options.repeats or (1 if options.quick else 3),
            "seconds": options.seconds or (2 if options.quick else 10)}


def bench_for(options, settings, work):
    weir = Weir(options.weir.resolve(), options.threads, work)
    return Bench(weir, options.folder.resolve() / "models", options.threads, settings["repeats"],
                 settings["seconds"], options.quick, options.model)


def save(options, results):
    (options.folder / "results.json").write_text(json.dumps(results, indent=1))
    options.page.write_text(render(results))


def main():
    options = arguments()
    options.folder.mkdir(parents=True, exist_ok=True)
    file = options.folder / "results.json"
    results = json.loads(file.read_text()) if file.exists() else {"records": []}
    if options.render:
        save(options, results)
        return 0
    if not options.weir.exists():
        print(f"measure.py: there is no {options.weir}; build it first", file=sys.stderr)
        return 1
    measure(options, options.only or TABLES, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
