"""The page from the results of a race. Pure: the same results give the same page."""
from common.machine import machine_lines
from common.page import Bar, number, percent, table

from contenders import NAMES
from lines import duration
from ranking import (
    TOLERANCE,
    WEIR,
    agrees,
    best_peer,
    geometric_mean,
    median,
    ratio,
    spread,
)

NATIVE, PYTHON = WEIR
TOP = 5
SMALL_KERNELS = ("UNet", "VGG16")  # Almost all of whose work is 3 × 3 convolutions.
HEAD = """# Benchmarks of speed

Made by `make bench`, which races Weir against the other ways to run a Keras model on a CPU, in one run
on one machine, and writes this page. Do not edit it. Every contender is a process of its own, with the
same model, the same rows and the same number of threads. In each cell (model, batch size, threads) they
take turns, round after round, each time another one first; only the one whose turn it is runs, the
others are stopped. A round's number is the median of its calls; what is shown is the median of the
rounds, and after ± half the distance between their quartiles. Weights are random, from one seed. The
ratio is the best peer's time divided by Weir's: above 1 Weir is faster.
"""


def named(record):
    return f"{record['model']}, batch {record['batch']}, threads {record['threads']}"


def ratios(records, name):
    found = {named(record): ratio(record["entries"], name) for record in records}
    return {cell: value for cell, value in found.items() if value is not None}


def bars(records):
    every = ratios(records, NATIVE)
    small = {cell: value for cell, value in every.items() if cell.split(",")[0] in SMALL_KERNELS}
    dense = {named(r): median(r["entries"].get(NATIVE)) for r in records
             if r["model"] == "Dense" and r["batch"] == 1}
    differences = {f"{named(r)}, {name}": agrees(entry)
                   for r in records for name, entry in r["entries"].items()
                   if "relative_difference" in entry}
    mean = geometric_mean(list(every.values()))
    return [
        Bar("at or ahead of the best peer in every cell", {c: v >= 1 for c, v in every.items()}),
        Bar("the geometric mean over all cells is at least 1.3", {"all": mean and mean >= 1.3}),
        Bar("networks of 3 × 3 convolutions: at least 1.6", {c: v >= 1.6 for c, v in small.items()}),
        Bar("Dense at batch 1 in less than 0.5 µs", {c: s and s < 5e-7 for c, s in dense.items()}),
        Bar(f"everybody's answers are within {TOLERANCE:g} of the largest of Keras's", differences),
    ]


def mean_lines(records):
    rows = [[name, number(geometric_mean(list(ratios(records, name).values()))),
             number(min(ratios(records, name).values(), default=None)),
             len(ratios(records, name))] for name in WEIR]
    return table(["", "geometric mean of the ratios", "smallest", "cells"], rows)


def time_of(entry):
    if median(entry) is None:
        return "–"
    return f"{duration(median(entry))} ±{100 * spread(entry):.0f} %"


def times(records, threads):
    chosen = [record for record in records if record["threads"] == threads]
    names = [name for name in NAMES if any(name in record["entries"] for record in chosen)]
    rows = []
    for record in chosen:
        entries, best = record["entries"], best_peer(record["entries"])
        cells = [f"**{time_of(entries.get(name))}**" if best and name == best[0]
                 else time_of(entries.get(name)) for name in names]
        rows.append([f"{record['model']}, {record['batch']}", *cells,
                     *(number(ratio(entries, name)) for name in WEIR)])
    return table(["Model, batch", *names, "ratio, C++", "ratio, Python"], rows)


def agreement(records):
    """The largest difference in any cell, by model and contender."""
    names = [name for name in NAMES if any(name in record["entries"] for record in records)]
    rows = []
    for model in dict.fromkeys(record["model"] for record in records):
        entries = [r["entries"].get(name, {}) for r in records if r["model"] == model
                   for name in names]
        found = [max((e["relative_difference"] for e in entries[i::len(names)]
                      if "relative_difference" in e), default=None) for i in range(len(names))]
        rows.append([model, *("–" if value is None else f"{value:.1e}" for value in found)])
    return table(["Model", *names], rows)


def layer_lines(records, threads):
    rows = []
    for record in records:
        if record["threads"] != threads or not record["layers"]:
            continue
        slowest = sorted(record["layers"], key=lambda layer: -layer["share"])
        for place, layer in enumerate(slowest[:TOP]):
            name = f"{record['model']}, {record['batch']}" if place == 0 else ""
            rows.append([name, f"{layer['name']} ({layer['kind']})", percent(layer["share"]),
                         duration(layer["seconds"]), percent(layer["of_peak"]),
                         percent(layer["of_roof"])])
    return table(["Model, batch", "step", "share of the time", "a row", "of the peak",
                  "of the roof"], rows)


def ways(records):
    """By which way a peer got its form of a model, where it was not the first."""
    said = []
    for record in records:
        for name, entry in record["entries"].items():
            if "unavailable" in entry:
                said.append(f"- {record['model']}, {name}: not raced: {entry['unavailable']}")
            elif entry.get("failed_ways"):
                said.append(f"- {record['model']}, {name}: by {entry['way']}; "
                            + "; ".join(f"not by {way} ({why})"
                                        for way, why in entry["failed_ways"].items()))
    return list(dict.fromkeys(said)) or ["Every peer runs every model by its usual way."]


def roof_lines(roofs):
    return [f"- Roof with {threads} thread{'s' * (threads != '1')}: {roof['flops'] / 1e9:.1f} GFLOP/s "
            f"on registers alone, {roof['bytes_per_second'] / 1e9:.1f} GB/s from memory "
            f"({roof['isa']})" for threads, roof in roofs.items()]


def render(results, order, picture):
    """The page; `picture` is the plot's file, seen from it."""
    records = sorted(results["cells"], key=lambda r: (order.index(r["model"]), r["batch"]))
    dates = sorted({record["date"] for record in records})
    threads = sorted({record["threads"] for record in records}, reverse=True)
    cells = len(order) * len({record["batch"] for record in records}) * len(threads)
    lines = [HEAD, *machine_lines(results["machine"]), *roof_lines(results["roofs"]),
             f"- {' to '.join(dict.fromkeys((dates[0], dates[-1])))}, "
             f"{results['effort']['rounds']} to {results['effort']['most_rounds']} rounds "
             f"of {results['effort']['seconds']:g} s; "
             f"{len(records)} of {cells} cells were raced"]
    lines += ["", f"![Time of each contender relative to Weir's]({picture})", "",
              "## The bars", "",
              *table(["Bar", "Verdict"], [[bar.text, bar.verdict()] for bar in bars(records)]), "",
              *mean_lines(records), ""]
    for count in threads:
        lines += [f"## Times of a call, threads: {count}", "", *times(records, count), ""]
    lines += ["## Where Weir's time goes", "", LAYERS, "", *layer_lines(records, threads[0]), "",
              "## Agreement", "", AGREEMENT, "", *agreement(records), "",
              "## Who could not race, and other ways", "", WAYS, "", *ways(records), ""]
    return "\n".join(lines).rstrip() + "\n"


LAYERS = f"""The {TOP} steps of each model that take the longest, by `weir profile` and `weir report`, with as
many threads as the first table. The peak is what the same threads reach on registers alone; the roof is
that or, if it takes longer, reading once from memory what the step reads and writes. A step may be above
the roof where it finds its operands in a cache, or where an algorithm does with fewer operations."""
AGREEMENT = """The largest difference of an answer from Keras's on the same rows, relative to the largest of
Keras's answers, in the worst cell."""
WAYS = """Peers read an exported form of the model. Where the usual converter fails, the next one is tried."""
