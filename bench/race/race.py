#!/usr/bin/env python3
"""Races Weir against the ways to run a Keras model on a CPU, side by side in one run.

    race.py                                  everything: hours; may be stopped, and continues
    race.py --only MobileNetV2 --quick       one model, in minutes

Each contender is a process of its own. In a cell (model, batch size, threads) they take turns, round
after round: only the one whose turn it is runs. Keeps models and raw results in build/bench-race.
"""
import argparse
import dataclasses
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(HERE.parent))

from common.machine import describe, fingerprint  # noqa: E402
from common.models import BATCHES, ensure  # noqa: E402

import contenders  # noqa: E402
import layers  # noqa: E402
import lines  # noqa: E402
from cell import Cell  # noqa: E402
from effort import Effort  # noqa: E402
from plot import draw  # noqa: E402
from render import render  # noqa: E402
from results import Results  # noqa: E402
from turns import race_cell  # noqa: E402

MODELS = ("Dense", "MLP", "ResNet50", "VGG16", "MobileNetV2", "EfficientNetB0", "DenseNet121",
          "ConvNeXtTiny", "UNet", "Dilated", "LSTM", "GRU", "Encoder")
FULL = Effort(rounds=9, most_rounds=15, seconds=0.5, cell_seconds=60)
QUICK = Effort(rounds=3, most_rounds=15, seconds=0.1, cell_seconds=10)


def names(text):
    return text.split(",")


def folder(text):
    return pathlib.Path(text).resolve()


def numbers(text):
    return [int(part) for part in text.split(",")]


def arguments():
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=MODELS, action="append", help="this model; again for more")
    parser.add_argument("--contenders", type=names, default=contenders.NAMES,
                        help="whose names have one of these, separated by commas, in them")
    parser.add_argument("--threads", type=numbers, default=sorted({1, min(2, cores)}, reverse=True),
                        help="numbers of threads, separated by commas; 2,1 by default")
    parser.add_argument("--batches", type=numbers, default=BATCHES,
                        help="batch sizes, of 1,32")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--again", action="store_true", help="also cells that have results")
    parser.add_argument("--build", type=folder, default=ROOT / "build/release")
    parser.add_argument("--folder", type=folder, default=ROOT / "build/bench-race",
                        help="models and raw results")
    parser.add_argument("--page", type=pathlib.Path,
                        help="docs/benchmarks-speed.md by default; none with --quick")
    return parser.parse_args()


def say(text):
    print(text, flush=True)


def race_model(model, options, kinds, effort, results):
    """The cells of a model that have no results yet."""
    folder, build = options.folder / "models" / model, options.build
    for cell in (Cell(model, b, t) for b in options.batches for t in options.threads):
        known = results.entries(cell)
        if all(kind.name in known for kind in kinds) and not options.again:
            continue
        say(str(cell))
        entries = race_cell(cell, kinds, folder, build, effort, say)
        say(lines.table(entries))
        roof = results.roof(cell.threads, lambda: layers.measure_roof(build, cell.threads))
        results.keep(cell, entries, layers.measure_layers(cell, folder, build, roof))


def write_page(page, results, options):
    """Of the cells that were asked for, now or before."""
    cells = [cell for cell in results.data["cells"]
             if cell["threads"] in options.threads and cell["batch"] in options.batches]
    picture = page.parent / "images" / f"{page.stem}.svg"
    picture.parent.mkdir(exist_ok=True)
    page.write_text(render({**results.data, "cells": cells}, MODELS, f"images/{picture.name}"))
    draw(cells, MODELS, picture)


def main():
    options = arguments()
    kinds = [kind for kind in contenders.KINDS
             if any(name.lower() in kind.name.lower() for name in options.contenders)]
    effort = QUICK if options.quick else FULL
    runner = options.build / "bin/weir_runner"
    if not runner.exists():
        print(f"race.py: there is no {runner}; build it first", file=sys.stderr)
        return 1
    options.folder.mkdir(parents=True, exist_ok=True)
    results = Results(options.folder / ("quick.json" if options.quick else "results.json"),
                      {"machine": describe(options.build / "bin/weir"),
                       "build": fingerprint(runner), "effort": dataclasses.asdict(effort)})
    for model in options.only or MODELS:
        ensure(options.folder / "models", [model], contenders.forms_of(kinds))
        race_model(model, options, kinds, effort, results)
    page = options.page or (None if options.quick else ROOT / "docs/benchmarks-speed.md")
    if page:
        write_page(page, results, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
