"""Writes the arrays and tables that tests/io reads, as NumPy itself writes them.

Element i (in C order) of every array is i - 3, as far as its type can hold that; the tests know it.

    python tools/io_fixtures.py tests/io/data
"""

import sys
from pathlib import Path

import numpy as np

TYPES = "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1".split()


def counting(shape, dtype="<f4"):
    """Elements -3, -2, -1, 0, 1, … in C order."""
    values = np.arange(int(np.prod(shape)), dtype=np.int64).reshape(shape) - 3
    return values.astype(dtype)


def write_versions(folder):
    for version in [(1, 0), (2, 0), (3, 0)]:
        with open(folder / f"version_{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, counting((5, 2)), version=version)


def write_arrays(folder):
    for name in TYPES:
        np.save(folder / f"type_{name}.npy", counting((3, 2), name))
    for name in "f2 f4 f8 i2 i4 i8 u2".split():
        np.save(folder / f"big_endian_{name}.npy", counting((3, 2), ">" + name))
    np.save(folder / "fortran_f4.npy", np.asfortranarray(counting((7, 3, 2))))
    np.save(folder / "fortran_big_endian_f8.npy", np.asfortranarray(counting((7, 3, 2), ">f8")))
    np.save(folder / "fortran_u1.npy", np.asfortranarray(counting((7, 2, 3, 2), "u1")))
    np.save(folder / "no_rows.npy", counting((0, 3)))
    np.save(folder / "no_columns.npy", counting((4, 0)))
    np.save(folder / "one_axis.npy", counting((4,)))
    np.save(folder / "number.npy", np.float32(1))
    np.save(folder / "images.npy", counting((2, 3, 3)))
    np.save(folder / "channels_first.npy", counting((2, 3, 4, 4)))


def write_strings(folder):
    texts = np.array([["a", "été"], ["", "日本 😀"], ["long" * 30, "x y"]])
    np.save(folder / "strings_u.npy", texts)
    np.save(folder / "strings_big_endian_u.npy", texts.astype(texts.dtype.newbyteorder(">")))
    np.save(folder / "strings_s.npy", np.char.encode(texts, "utf-8"))
    np.savez_compressed(folder / "strings.npz", review=texts, x=counting((3, 2)))


def write_archives(folder):
    a, b = counting((4, 2)), counting((4,), "i8")
    np.savez(folder / "stored.npz", a=a, b=b)
    np.savez_compressed(folder / "deflated.npz", a=a, b=b)
    np.savez(folder / "in_order.npz", a, b)
    np.savez(folder / "extra.npz", b=b, labels=b, a=a)
    np.savez_compressed(folder / "fortran.npz", a=np.asfortranarray(counting((7, 3, 2))))
    np.savez(folder / "fortran_stored.npz", a=np.asfortranarray(counting((7, 3, 2))))


def write_tables(folder):
    table = counting((4, 3), "f8") / 7
    np.savetxt(folder / "savetxt.csv", table, delimiter=",", header="x,y,z")
    np.savetxt(folder / "savetxt.tsv", table, delimiter="\t")


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    write_versions(folder)
    write_arrays(folder)
    write_strings(folder)
    write_archives(folder)
    write_tables(folder)


if __name__ == "__main__":
    main()
