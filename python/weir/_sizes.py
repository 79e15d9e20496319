"""Sizes in bytes, as people write them."""
import re

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9,
          "kib": 2**10, "mib": 2**20, "gib": 2**30}


def parse_bytes(size):
    """Bytes, from a number or a text as "512MiB" or "1.5 GB"; None for None.

    >>> parse_bytes("1.5KiB")
    1536
    """
    if size is None or isinstance(size, int):
        return size
    found = re.fullmatch(r"\s*([0-9.]+)\s*([A-Za-z]*)\s*", size)
    unit = _UNITS.get(found[2].lower()) if found else None
    if unit is None:
        raise ValueError(f"{size!r} is no size; write it like 512MiB")
    return int(float(found[1]) * unit)
