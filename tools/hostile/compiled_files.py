"""Compiled models (`.weir`) that are broken; src/session/compiled_file.h has the format."""

import struct
import zlib

from case import keras_file, malformed, patched, unsupported

MAGIC = b"\x89WEIR\r\n\x1a"
HEADER = struct.Struct("<8s2I2Q2I2Q16s")
ENTRY = struct.Struct("<2Q3I")
HEADER_BYTES = HEADER.size + 4
PAGE = 4096
WEIGHT = 448
NAME = b"functional/dense/0"


def align(offset):
    return -(-offset // PAGE) * PAGE


def entry(offset, size, crc=0, layout=1, name=NAME, name_bytes=None):
    name_bytes = len(name) if name_bytes is None else name_bytes
    return ENTRY.pack(offset, size, crc, layout, name_bytes) + name


def seal(packed):
    return packed + struct.pack("<I", zlib.crc32(packed))


def header(directory, original_offset, original, file_bytes, /, **changes):
    """A header with a good checksum, whatever it says."""
    says = {
        "magic": MAGIC,
        "version": 1,
        "count": 1,
        "file_bytes": file_bytes,
        "directory_bytes": len(directory),
        "directory_crc": zlib.crc32(directory),
        "original_crc": zlib.crc32(original),
        "original_offset": original_offset,
        "original_bytes": len(original),
        "isa": b"AVX2",
    }
    return seal(HEADER.pack(*(says | changes).values()))


def one_weight(place):
    return [entry(place, WEIGHT)]


def weir_file(entries=one_weight, original=None, **changes):
    """`entries(place)` makes the directory's entries for weights that lie at `place`."""
    original = keras_file() if original is None else original
    # The names, and so the directory's size, do not depend on the place.
    directory_end = HEADER_BYTES + sum(map(len, entries(0)))
    original_offset = align(directory_end)
    place = align(original_offset + len(original))
    directory = b"".join(entries(place))
    changes = {"count": len(entries(place))} | changes
    head = header(directory, original_offset, original, place + WEIGHT, **changes)
    data = (head + directory).ljust(original_offset, b"\0") + original
    return data.ljust(place + WEIGHT, b"\0")


def cut(data, end):
    """Cut off there, and the header says so: what is missing is missing from a part."""
    says = list(HEADER.unpack(data[: HEADER.size]))
    says[3] = end
    return seal(HEADER.pack(*says)) + data[HEADER_BYTES:end]


def truncated():
    good = weir_file()
    yield malformed("weir_magic_only.weir", good[:8], "cut off")
    yield malformed("weir_in_header.weir", good[:50], "cut off")
    yield malformed("weir_header_only.weir", good[:HEADER_BYTES], "cut off")
    yield malformed("weir_truncated.weir", good[:-1], "cut off")
    yield malformed("weir_longer.weir", good + b"x", "something follows")
    yield malformed("weir_in_directory.weir", cut(good, HEADER_BYTES + 5), "do not lie")
    yield malformed("weir_in_original.weir", cut(good, PAGE + 100), "do not lie")
    yield malformed("weir_in_weights.weir", cut(good, len(good) - 100), "do not lie")


def damaged():
    good = weir_file()
    directory = HEADER_BYTES + 3
    yield malformed("weir_flipped_header.weir", patched(good, 20, b"\xff"), "header is damaged")
    yield malformed("weir_flipped_entry.weir", patched(good, directory, b"\xff"), "directory is")
    yield unsupported("weir_version_0.weir", weir_file(version=0), "version 0")
    yield unsupported("weir_version_2.weir", weir_file(version=2), "version 2")


def directories():
    huge = 2**64 - PAGE
    for name, phrase, entries in (
        ("outside", "do not lie", lambda place: [entry(place + PAGE, WEIGHT)]),
        ("offset_overflows", "do not lie", lambda _: [entry(huge, 2 * PAGE)]),
        ("size_overflows", "do not lie", lambda place: [entry(place, huge)]),
        ("unaligned", "not aligned", lambda place: [entry(place + 4, 400)]),
        ("in_the_header", "overlap", lambda _: [entry(0, WEIGHT)]),
        ("in_the_model", "overlap", lambda _: [entry(PAGE, WEIGHT)]),
        ("overlap", "overlap", lambda p: [entry(p, 448), entry(p, 448, name=b"other")]),
        ("name_twice", "two weights", lambda p: [entry(p, 448), entry(p, 0)]),
        ("long_name", "cut off", lambda place: [entry(place, 448, name_bytes=2**32 - 1)]),
    ):
        yield malformed(f"weir_{name}.weir", weir_file(entries), phrase)
    yield malformed("weir_many_entries.weir", weir_file(count=2**32 - 1), "cut off")
    yield malformed("weir_few_entries.weir", weir_file(count=0), "follow")
    for part in ("directory_bytes", "original_offset", "original_bytes"):
        data = weir_file(**{part: 2**64 - PAGE})
        yield malformed(f"weir_{part}_overflow.weir", data, "do not lie")


def models():
    yield malformed("weir_empty_model.weir", weir_file(original=b""), "is empty")
    yield malformed("weir_text_model.weir", weir_file(original=b"model"), "neither")
    yield malformed("weir_in_weir.weir", weir_file(original=weir_file()), "neither")
    yield malformed("weir_cut_model.weir", weir_file(original=keras_file()[:-30]), "cut off")


def cases():
    for family in (truncated, damaged, directories, models):
        for case in family():
            case.stage = "compiled"
            yield case
