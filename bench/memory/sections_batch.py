"""The sections about batches: memory by batch size, and batch 32 beside the peers."""
from common.page import Bar, Section, megabytes, number, percent, table
from samples import grouped, median, paired_ratio, reasons, spread

BARE = "bare interpreter"


def batch_sizes(records):
    batches = sorted({r["batch"] for r in records})
    rows, held = [], {}
    for model, own in grouped(records, "model").items():
        by_batch = grouped(own, "batch")
        peaks = [median(by_batch.get(batch, []), "peak_bytes") for batch in batches]
        known = None not in peaks
        difference = (max(peaks) - min(peaks)) / min(peaks) if known else None
        held[model] = difference < 0.05 if known else None
        rows.append([model, *map(megabytes, peaks), percent(difference)])
    return Section(
        "Any batch size",
        "Peak resident memory in MB of `weir predict` over the same 1,024 rows, by `--batch-size`.",
        table(["Model", *(f"batch {batch}" for batch in batches), "difference"], rows),
        [Bar("the largest difference is below 5 %", held)], reasons(records, "model", "batch"))


def is_peer(contender):
    return not contender.startswith("Weir") and contender != BARE


def bare_bytes(records):
    return median([r for r in records if r["contender"] == BARE], "peak_bytes")


def net_peak(records, bare):
    """A Python peer's peak less what a bare interpreter with NumPy takes."""
    peak = median(records, "peak_bytes")
    if not is_peer(records[0]["contender"]):
        return peak
    return None if peak is None or bare is None else peak - bare


def memory_32(records):
    bare = bare_bytes(records)
    models = grouped(records, "model")
    contenders = [c for c in grouped(records, "contender") if c != BARE]
    rows, held = {c: [c] for c in contenders}, {}
    for model, own in models.items():
        peaks = {c: net_peak(r, bare) for c, r in grouped(own, "contender").items() if c != BARE}
        for contender in contenders:
            rows[contender].append(megabytes(peaks.get(contender)))
        best = min((p for c, p in peaks.items() if is_peer(c) and p is not None), default=None)
        weir = peaks.get("Weir")
        held[model] = None if weir is None or best is None else weir <= best / 2
    return Section(
        "Memory at batch 32, beside the peers",
        "Peak resident memory in MB of a process that loads the model and predicts batches of 32. Of "
        f"those that run in Python, less the {megabytes(bare)} MB that a bare interpreter with NumPy "
        "took in this run. Weir is its command line, which also reads and writes files.",
        table(["", *models], rows.values()),
        [Bar("Weir takes at most half of what the best peer takes", held)],
        reasons(records, "model", "contender"))


def speed_cell(records, weir):
    speed, ratio = median(records, "rows_per_second"), paired_ratio(records, weir,
                                                                    "rows_per_second")
    if speed is None:
        return "not available"
    relative = "" if ratio is None else f" ({ratio:.2f})"
    return f"{number(speed, 1)}{relative} ±{100 * spread(records, 'rows_per_second') / 2:.0f} %"


def throughput_32(records):
    records = [r for r in records if r["contender"] != BARE]
    models = grouped(records, "model")
    rows = {c: [c] for c in grouped(records, "contender")}
    for own in models.values():
        by_contender = grouped(own, "contender")
        weir = by_contender.get("Weir", [])
        for contender, cells in rows.items():
            cells.append(speed_cell(by_contender.get(contender, []), weir))
    return Section(
        "Throughput at batch 32",
        "Rows a second in steady state (in brackets: divided by Weir's in the same repeat; then half "
        "the spread of the repeats). Contenders take turns.",
        table(["", *models], rows.values()), [], reasons(records, "model", "contender"))


def whole_batch(records):
    rows, held = [], {}
    for model, own in grouped(records, "model").items():
        by_contender = grouped(own, "contender")
        planned, whole = (by_contender.get(name, []) for name in ("Weir", "Weir, one whole batch"))
        ratio = paired_ratio(planned, whole, "rows_per_second")
        rows.append([model, number(median(planned, "rows_per_second"), 1),
                     number(median(whole, "rows_per_second"), 1), number(ratio), len(planned)])
        held[model] = None if ratio is None else ratio >= 1
    return Section(
        "What micro-batches cost in time",
        "Rows a second in steady state at batch 32: as Weir plans it, and as one whole batch, in pairs "
        "in turn; the ratio is the median of the pairs'.",
        table(["Model", "as planned", "one whole batch", "ratio", "pairs"], rows),
        [Bar("Weir is not slower than with one whole batch", held)],
        reasons(records, "model", "contender"))
