"""Numbers of cells: medians, spreads, who is the best, ratios. Pure."""
import math
import statistics

WEIR = ("Weir, C++", "Weir, Python")
TOLERANCE = 1e-3  # Of the largest of Keras's answers.


def quartiles(values):
    """(first quartile, median, third quartile)."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    return tuple(statistics.quantiles(values, n=4, method="inclusive"))


def median(entry):
    """Seconds a call; None for a contender that did not race."""
    return statistics.median(entry["seconds"]) if entry and "seconds" in entry else None


def spread(entry):
    """Half the distance between the quartiles, relative to the median."""
    low, middle, high = quartiles(entry["seconds"])
    return (high - low) / 2 / middle


def agrees(entry):
    """NaN does not."""
    return entry["relative_difference"] <= TOLERANCE


def best_peer(entries):
    """(name, seconds) of the fastest that is not Weir, and answers as Keras does; None where no peer
    raced."""
    raced = {name: median(entry) for name, entry in entries.items()
             if name not in WEIR and "seconds" in entry and agrees(entry)}
    return min(raced.items(), key=lambda item: item[1]) if raced else None


def ratio(entries, name):
    """How many times as fast as the best peer; None where either is missing."""
    best, own = best_peer(entries), median(entries.get(name))
    return best[1] / own if best and own else None


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values))) if values else None
