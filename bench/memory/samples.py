"""Medians and spreads of records. Pure; needs the standard library alone."""
import statistics


def grouped(records, *keys):
    """Records by the values of these fields, in order of appearance."""
    groups = {}
    for record in records:
        values = tuple(record[key] for key in keys)
        groups.setdefault(values if len(keys) > 1 else values[0], []).append(record)
    return groups


def values(records, field):
    """What is there to count: not the records that say why they have no number."""
    return [r[field] for r in records if "unavailable" not in r and r.get(field) is not None]


def median(records, field):
    found = values(records, field)
    return statistics.median(found) if found else None


def spread(records, field):
    """(largest - smallest) / median, of all repeats."""
    found = values(records, field)
    return (max(found) - min(found)) / statistics.median(found) if found else None


def paired_ratio(above, below, field):
    """The median of the ratios within one repeat, so that what slows a whole repeat cancels."""
    others = {r["repeat"]: r[field] for r in below if "unavailable" not in r and field in r}
    ratios = [r[field] / others[r["repeat"]] for r in above
              if "unavailable" not in r and r.get(field) is not None and r["repeat"] in others]
    return statistics.median(ratios) if ratios else None


def reasons(records, *keys):
    """'ResNet50, Weir: why' for what has no number; each once."""
    return list(dict.fromkeys(
        ", ".join(str(r[key]) for key in keys if key in r) + ": " + r["unavailable"]
        for r in records if "unavailable" in r))
