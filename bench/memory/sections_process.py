"""The sections about one process: limits, steps, sharing, streaming and many shapes."""
from common.page import NONE, Bar, Section, megabytes, number, percent, table
from samples import grouped, median, reasons, values

MEGABYTE = 1e6


def close(planned, measured):
    return abs(planned - measured) <= max(0.03 * planned, 2 * MEGABYTE)


def limit_name(limit):
    return "none" if limit is None else megabytes(limit)


def cap_text(records):
    capped = [r["capped"] for r in records if r.get("limit") is not None and "capped" in r]
    if capped and all(capped):
        return "Each ran in a control group whose memory.max was the limit."
    return ("No control group with memory.max could be made here, so nothing but the program itself "
            "enforced the limit; the peak is the kernel's own high-water mark.")


def limits(records):
    rows, near, under = [], {}, {}
    for (model, limit), own in grouped(records, "model", "limit").items():
        planned = median(own, "planned_bytes")
        measured = max(values(own, "peak_bytes"), default=None)
        row = f"{model} {limit_name(limit)}"
        known = planned is not None and measured is not None
        near[row] = close(planned, measured) if known else None
        if limit is not None:
            under[row] = measured <= limit if known else None
        rows.append([model, limit_name(limit), number(median(own, "micro_batch"), 0),
                     megabytes(planned), megabytes(measured),
                     percent(measured / planned - 1) if known else NONE])
    return Section(
        "The plan and the limit",
        "Planned and measured peak in MB for limits from the smallest that `weir plan` names upwards; "
        "of several repeats the highest. " + cap_text(records),
        table(["Model", "limit", "micro-batch", "planned", "measured", "difference"], rows),
        [Bar("the plan is within 3 % or 2 MB of the peak", near),
         Bar("the peak is never over the limit", under)], reasons(records, "model", "limit"))


def level(records):
    rows, flat, none = [], {}, {}
    for r in records:
        known = "unavailable" not in r
        enough = known and r["steps"] >= r["asked"]
        flat[r["model"]] = enough and r["verdict"] == "level" if known else None
        none[r["model"]] = r["allocations_per_step"] == 0 if known else None
        rows.append([r["model"], f"{r['steps']:,}", r["verdict"], r["allocations_per_step"],
                     number(r["slope_bytes_per_step"], 3), megabytes(r["resident_bytes"])]
                    if known else [r["model"], *[NONE] * 5])
    return Section(
        "Very many steps", "`weir check`, batches of one row.",
        table(["Model", "steps", "verdict", "allocations a step", "bytes a step", "resident MB"],
              rows),
        [Bar("memory is level after as many steps as asked for", flat),
         Bar("a step allocates nothing", none)], reasons(records, "model"))


def sharing(records):
    rows, held = [], {}
    for r in records:
        known = "unavailable" not in r
        allowed = r["weights_bytes"] + r["processes"] * r["own_bytes"] if known else None
        if r["form"] == "compiled":
            held[r["model"]] = r["pss_bytes"] <= allowed if known else None
        rows.append([f"{r['model']}, {r['form']}", megabytes(r.get("pss_bytes")),
                     megabytes(r.get("weights_bytes")), megabytes(r.get("own_bytes")),
                     megabytes(allowed)])
    return Section(
        "Four processes of one model",
        "The largest sum of proportional set sizes (PSS) in MB while all four predict, beside what the "
        "plan says: the weights once, and four times what a process has to itself.",
        table(["", "sum of PSS", "weights", "own, each", "weights + 4 × own"], rows),
        [Bar("of a compiled model the weights are resident once", held)],
        reasons(records, "model", "form"))


def streaming(records):
    rows, held = [], {}
    groups = grouped(records, "contender")
    whole = median(groups.get("resident", []), "seconds")
    for contender, own in groups.items():
        peak, seconds = max(values(own, "peak_bytes"), default=None), median(own, "seconds")
        limit = own[0].get("limit")
        if contender != "resident":
            held[contender] = None if peak is None or limit is None else peak <= limit
        cost = seconds / whole if seconds is not None and whole else None
        rows.append([contender, megabytes(peak), number(seconds), number(cost)])
    return Section(
        "Weights that are not resident",
        "`weir predict` with VGG16 (553 MB of weights) over 64 rows under `--memory-limit` 128 MiB "
        "(134.2 MB) with `--weights stream`. " + cap_text(records),
        table(["Weights", "peak MB", "seconds", "of resident's time"], rows),
        [Bar("the peak stays under the limit", held)], reasons(records, "contender"))


def shapes(records):
    rows, held = [], {}
    for (model, contender), own in grouped(records, "model", "contender").items():
        before, after = median(own, "settled_bytes"), median(own, "final_bytes")
        growth = None if before is None else after - before
        if contender == "Weir":
            held[model] = None if growth is None else growth <= 0.01 * before
        rows.append([f"{model}, {contender}", megabytes(before), megabytes(after),
                     megabytes(growth)])
    steps = max((r["steps"] for r in records), default=0)
    return Section(
        "Many shapes",
        f"Resident MB of one process after the first 100 and after all of {steps:,} different shapes, "
        "one row each, the largest first. AnyLength takes tokens, AnySize images.",
        table(["", "after 100", f"after {steps:,}", "growth"], rows),
        [Bar("Weir grows by at most 1 %", held)], reasons(records, "model", "contender"))
