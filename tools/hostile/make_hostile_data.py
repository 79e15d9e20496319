"""Writes the hostile data files that tests/io/hostile_data_test.cpp reads, and expected.tsv, which
says of each which error it must be: file, code, and a phrase of the message.

    python tools/hostile/make_hostile_data.py tests/hostile/data
"""

import io
import pathlib
import struct
import sys
import zipfile
import zlib

import numpy as np

EPOCH = (1980, 1, 1, 0, 0, 0)
TERABYTE = 1 << 40


class RunsCode:
    """What an object array could hold: unpickling it would call a function."""

    def __reduce__(self):
        return (print, ("code from the file was run",))


def npy(dictionary, data=b"", version=1, length=None):
    """A file whose header is any text at all."""
    header = dictionary.encode("latin1") + b"\n"
    size = struct.pack("<H" if version == 1 else "<I", len(header) if length is None else length)
    return b"\x93NUMPY" + bytes([version, 0]) + size + header + data


def described(descr="'<f4'", shape="(3, 2)", order="False", data=bytes(24)):
    return npy(f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}", data)


def saved(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


GOOD = saved(np.ones((4, 2), np.float32))
OBJECTS = saved(np.array([RunsCode()], dtype=object), allow_pickle=True)
HUGE_SHAPE = f"({TERABYTE // 4096}, 1024)"


def npy_cases():
    yield "bad_magic.npy", b"hello, this is text\n", "malformed", "not an npy file"
    yield "empty.npy", b"", "malformed", "not an npy file"
    yield "cut_in_magic.npy", GOOD[:4], "malformed", "not an npy file"
    yield "cut_in_length.npy", GOOD[:9], "malformed", "within its header"
    yield "cut_in_header.npy", GOOD[:60], "malformed", "within its header"
    yield "cut_in_rows.npy", GOOD[:-12], "malformed", "only 2 rows"
    yield "pickle.npy", OBJECTS[OBJECTS.index(b"\n") + 1 :], "malformed", "not an npy file"
    yield "version_9.npy", npy("{}", version=9), "malformed", "version 9.0"
    yield "header_of_4_gb.npy", npy("{}", version=2, length=2**32 - 1), "malformed", "absurd"
    yield "header_past_end.npy", npy("{}", length=65535), "malformed", "within its header"
    yield "header_of_blanks.npy", npy(" " * 100), "malformed", "no '{'"
    yield "shape_overflows.npy", described(shape=f"({2**40}, {2**40})"), "malformed", "overflow"
    yield "row_overflows.npy", described(shape=f"(0, {2**62}, 8)"), "malformed", "overflow"
    yield "exabyte.npy", described(shape=f"({2**50}, 128)"), "malformed", "cut short"
    yield "negative_axis.npy", described(shape="(-3, 2)"), "malformed", "no proper size"
    yield "nested_shape.npy", described(shape="(" * 20000), "malformed", "no proper size"
    yield "endless_number.npy", described(shape=f"({'9' * 60000},)"), "malformed", "proper size"
    yield "not_a_tuple.npy", described(shape="(3)"), "malformed", "not a tuple"
    yield "many_axes.npy", described(shape="(1" + ", 1" * 8 + ")"), "unsupported", "axes"
    yield "number.npy", saved(np.float32(1)), "invalid argument", "single number"
    yield "objects.npy", OBJECTS, "unsupported", "pickles"
    yield "structured.npy", described("[('a', '<f4'), ('b', '<f4')]"), "unsupported", "structured"
    yield "complex.npy", saved(np.ones(3, complex)), "unsupported", "complex"
    yield "dates.npy", saved(np.zeros(3, "datetime64[s]")), "unsupported", "dates"
    yield "code.npy", described("__import__('os').getcwd()"), "malformed", "no string"
    yield "open_string.npy", npy("{'descr': '<f4"), "malformed", "without an end"
    yield "absurd_type.npy", described("'<f9999999999'"), "unsupported", "unknown type"
    yield "two_shapes.npy", described(shape="(3, 2), 'shape': (1,)"), "malformed", "before"
    yield "surprise_key.npy", described(shape="(3, 2), 'run': 1"), "malformed", "unknown key"


def archive(members, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as writer:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = compression
            writer.writestr(info, data)
    return file.getvalue()


def bomb(data, claimed):
    """One deflated member that claims to be far longer than it is, in ZIP64's fields."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    name = b"x.npy"
    extra = struct.pack("<HHQQ", 1, 16, claimed, len(packed))
    fields = struct.pack("<HHHII", 8, 0, 0x21, zlib.crc32(data), 0xFFFFFFFF)
    fields += struct.pack("<IHH", 0xFFFFFFFF, len(name), len(extra))
    local = b"PK\3\4" + struct.pack("<HH", 45, 0) + fields + name + extra + packed
    central = b"PK\1\2" + struct.pack("<HHH", 45, 45, 0) + fields
    central += struct.pack("<HHHII", 0, 0, 0, 0, 0) + name + extra
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + b"PK\5\6" + end


def claimed(array):
    """The size of an npy file of a megabyte of rows if it held the terabyte that it promises."""
    return len(array) - (1 << 20) + TERABYTE


def flipped(data, needle, offset=0):
    at = data.index(needle) + offset
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def npz_cases():
    stored = archive({"x.npy": GOOD}, zipfile.ZIP_STORED)
    huge = described(shape=HUGE_SHAPE, data=bytes(1 << 20))
    fortran = described(shape=HUGE_SHAPE, order="True", data=bytes(1 << 20))
    padded = described(data=bytes(50_000_000))
    encrypted = bytearray(stored)
    encrypted[stored.index(b"PK\1\2") + 8] |= 1
    yield "not_an_archive.npz", b"hello, this is text\n", "malformed", "archive"
    yield "empty.npz", b"", "malformed", "too short"
    yield "cut.npz", stored[: len(stored) // 2], "malformed", "cut off"
    yield "no_arrays.npz", archive({"readme.txt": b"hi"}), "malformed", "no arrays"
    yield "no_members.npz", archive({}), "malformed", "no arrays"
    yield "parent_path.npz", archive({"../x.npy": GOOD}), "malformed", "leads out"
    yield "absolute_path.npz", archive({"/etc/x.npy": GOOD}), "malformed", "leads out"
    yield "wrong_crc.npz", flipped(stored, GOOD[-4:], 3), "malformed", "checksum"
    yield "encrypted.npz", bytes(encrypted), "unsupported", "encrypted"
    yield "objects.npz", archive({"x.npy": OBJECTS}), "unsupported", "pickles"
    yield "cut_array.npz", archive({"x.npy": GOOD[:-8]}), "malformed", "only 3 rows"
    yield "not_an_array.npz", archive({"x.npy": b"hello"}), "malformed", "not an npy file"
    yield "padded_array.npz", archive({"x.npy": padded}), "malformed", "bytes for 3 rows"
    yield "bomb.npz", bomb(huge, claimed(huge)), "malformed", "shorter"
    yield "fortran_bomb.npz", bomb(fortran, claimed(fortran)), "malformed", "shorter"
    yield "longer_than_claimed.npz", bomb(GOOD + bytes(1000), len(GOOD)), "malformed", "longer"
    unequal = archive({"x.npy": GOOD, "y.npy": saved(np.ones((3, 2)))})
    yield "unequal_rows.npz", unequal, "invalid argument", "belong together"


def table_cases():
    yield "empty.csv", b"", "malformed", "empty"
    yield "blank.csv", b"\n\r\n\n", "malformed", "empty"
    yield "open_quote.csv", b'1,2\n"3,4\n5,6\n', "malformed", "line 2"
    yield "after_quote.csv", b'1,"2"3\n', "malformed", "line 1, column 2"
    yield "words.csv", b"1,2\n3,four\n", "malformed", "line 2, column 2: 'four'"
    yield "nul.csv", b"1,2\n\0\0,3\n", "malformed", "line 2, column 1: '??'"
    yield "short_row.csv", b"1,2\n3\n", "malformed", "line 2 has 1 columns"
    yield "long_row.csv", b"1,2\n3,4,5\n", "malformed", "line 2 has 3 columns"
    yield "utf16.csv", "1,2\n3,4\n".encode("utf-16"), "unsupported", "UTF-16"
    yield "escape.csv", b"1,2\n3,\x1b[2J\n", "malformed", "line 2, column 2: '?[2J'"
    yield "rows.jsonl", b'{"x": [1, 2]}\n', "invalid argument", "JSON lines"


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for cases in (npy_cases, npz_cases, table_cases):
        for name, data, code, phrase in cases():
            (folder / name).write_bytes(data)
            lines.append(f"{name}\t{code}\t{phrase}\n")
    (folder / "expected.tsv").write_text("".join(lines))


if __name__ == "__main__":
    main()
