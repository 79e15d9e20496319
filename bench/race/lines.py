"""Numbers of a cell as lines of text. Pure."""
import statistics

WIDTH = 16


def duration(seconds):
    """To three digits, with the unit that fits."""
    for unit, scale in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def quartiles(values):
    """(first quartile, median, third quartile)."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    return tuple(statistics.quantiles(values, n=4, method="inclusive"))


def table(entries):
    """The fastest first."""
    raced = {name: quartiles(e["seconds"]) for name, e in entries.items() if "seconds" in e}
    best = min(median for _, median, _ in raced.values()) if raced else 1
    lines = [f"  {'':<{WIDTH}} {'median':>9}  {'quartiles':>20}  {'/ best':>6}  difference"]
    for name, (low, median, high) in sorted(raced.items(), key=lambda item: item[1][1]):
        spread = f"{duration(low)} – {duration(high)}"
        lines.append(f"  {name:<{WIDTH}} {duration(median):>9}  {spread:>20}  {median / best:6.2f}"
                     f"  {entries[name]['relative_difference']:.1e}")
    return "\n".join(lines)
