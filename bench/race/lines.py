"""A cell as lines of text. Pure."""
from ranking import median, quartiles

WIDTH = 16


def duration(seconds):
    """To three digits, with the unit that fits."""
    for unit, scale in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{three_digits(seconds / scale)} {unit}"
    return f"{three_digits(seconds * 1e9)} ns"


def three_digits(value):
    decimals = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{decimals}f}"


def table(entries):
    """The fastest first."""
    raced = sorted((median(e), name, quartiles(e["seconds"])) for name, e in entries.items()
                   if "seconds" in e)
    lines = [f"  {'':<{WIDTH}} {'median':>9}  {'quartiles':>20}  {'/ best':>6}  difference"]
    for middle, name, (low, _, high) in raced:
        between = f"{duration(low)} – {duration(high)}"
        lines.append(f"  {name:<{WIDTH}} {duration(middle):>9}  {between:>20}"
                     f"  {middle / raced[0][0]:6.2f}  {entries[name]['relative_difference']:.1e}")
    return "\n".join(lines)
