"""Archives that are broken, or that try something."""

import struct
import zipfile

from case import (
    GOOD_CONFIG,
    METADATA,
    beyond_limit,
    found,
    good_weights,
    h5_file,
    json_bytes,
    keras_file,
    little,
    malformed,
    patched,
    unsupported,
    zip_file,
)

CONFIG = ("config.json", json_bytes(GOOD_CONFIG))
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
# Offsets within a central header.
FLAGS, METHOD, CRC, SIZE, EXTRA_SIZE, HEADER_OFFSET, NAME = 8, 10, 16, 24, 30, 42, 46


def weights():
    return ("model.weights.h5", h5_file(good_weights))


def in_directory(data, member, field, new):
    return patched(data, found(data, CENTRAL, member) + field, new)


def with_member(name):
    return zip_file([METADATA, CONFIG, weights(), (name, b"x")])


def same_name_twice():
    data = zip_file([METADATA, CONFIG, weights(), ("again", b"x"), ("agaim", b"x")])
    return in_directory(data, 4, NAME, b"again")


def overlapping():
    """A stored member whose bytes are a whole member themselves, which the directory lists too."""
    inner = zip_file([("inner", b"x" * 10)], zipfile.ZIP_STORED)
    data = zip_file([("outer", inner), ("inner", b"x" * 10)], zipfile.ZIP_STORED)
    return in_directory(data, data.count(CENTRAL) - 1, HEADER_OFFSET, little(30 + 5, 4))


def zip64_of_absurd_size():
    """A member that claims 2^63 bytes in its ZIP64 field."""
    name, data = b"config.json", b"{}"
    local = struct.pack("<4s5H3I2H", LOCAL, 45, 0, 0, 0, 0, 0, 2, 2, len(name), 0) + name + data
    extra = struct.pack("<2H2Q", 1, 16, 1 << 63, 1 << 63)
    absent = 0xFFFFFFFF
    central = struct.pack(
        "<4s6H3I5H2I", CENTRAL, 45, 45, 0, 0, 0, 0, 0, absent, absent, len(name), len(extra),
        0, 0, 0, 0, 0,
    )  # fmt: skip
    central += name + extra
    end = struct.pack("<4s4H2IH", END, 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def cases():
    good = keras_file()
    end = found(good, END)
    mebibyte = 1 << 20
    blanks = b" " * (65 * mebibyte)
    bomb = zip_file([METADATA, CONFIG, ("model.weights.h5", bytes(65 * mebibyte))])
    lying = zip_file([METADATA, ("config.json", bytes(mebibyte)), weights()])
    stored = zip_file([METADATA, CONFIG, weights()], zipfile.ZIP_STORED)
    yield malformed("zip_empty_file.keras", b"", "empty")
    yield malformed("zip_is_text.keras", b"this is no model\n", "neither")
    yield malformed("zip_truncated.keras", good[: len(good) // 2], "cut off")
    yield malformed("zip_without_directory.keras", good[: found(good, CENTRAL)], "cut off")
    yield malformed("zip_end_cut_short.keras", good[:-4], "cut off")
    yield malformed("zip_directory_only.keras", good[found(good, CENTRAL) :], "neither")
    yield malformed("zip_wrong_crc_config.keras", in_directory(good, 1, CRC, b"\0\0\0\0"),
                    "'config.json' is damaged")  # fmt: skip
    yield malformed("zip_wrong_crc_weights.keras", in_directory(stored, 2, CRC, b"\0\0\0\0"),
                    "'model.weights.h5' is damaged")  # fmt: skip
    yield malformed("zip_flipped_bit.keras", patched(stored, found(stored, b"HEAP"), b"heap"),
                    "wrong CRC")  # fmt: skip
    yield beyond_limit("zip_bomb_config.keras", zip_file([("config.json", blanks)]),
                       "above the limit")  # fmt: skip
    yield beyond_limit("zip_bomb_weights.keras", bomb, "above the limit")
    yield malformed("zip_bomb_lies.keras", in_directory(lying, 1, SIZE, little(1000, 4)),
                    "longer than the size it claims")  # fmt: skip
    yield malformed("zip_size_too_large.keras", in_directory(lying, 1, SIZE, little(9 << 20, 4)),
                    "claimed")  # fmt: skip
    yield malformed("zip_overlap.keras", overlapping(), "overlap")
    yield malformed("zip_same_member_twice.keras", same_name_twice(), "two members are named")
    yield malformed("zip_path_up.keras", with_member("../../outside"), "leads out of the archive")
    yield malformed("zip_path_absolute.keras", with_member("/etc/passwd"), "leads out")
    yield malformed("zip_path_backslash.keras", with_member("..\\outside"), "leads out")
    yield malformed("zip_path_drive.keras", with_member("C:outside"), "leads out")
    yield unsupported("zip_encrypted.keras", in_directory(good, 1, FLAGS, little(1, 2)),
                      "encrypted")  # fmt: skip
    yield unsupported("zip_lzma.keras", in_directory(good, 1, METHOD, little(14, 2)),
                      "compression method 14")  # fmt: skip
    yield malformed("zip_local_name_differs.keras",
                    patched(good, found(good, b"config.json"), b"CONFIG.json"),
                    "disagrees")  # fmt: skip
    yield malformed("zip_member_past_end.keras",
                    in_directory(good, 1, HEADER_OFFSET, little(0x7FFFFFFF, 4)),
                    "do not lie in the archive")  # fmt: skip
    yield malformed("zip_too_many_members.keras", patched(good, end + 8, little(0x7FFF, 2) * 2),
                    "members claimed")  # fmt: skip
    yield unsupported("zip_many_disks.keras", patched(good, end + 4, little(1, 2)),
                      "several disks")  # fmt: skip
    yield malformed("zip_extra_field_cut_off.keras",
                    in_directory(good, 2, EXTRA_SIZE, little(0xFFFF, 2)), "cut off")  # fmt: skip
    yield malformed("zip64_absurd_size.keras", zip64_of_absurd_size(),
                    "do not lie in the archive")  # fmt: skip
    yield malformed("zip_without_config.keras", zip_file([METADATA, weights()]), "config.json")
    yield malformed("zip_without_weights.keras", zip_file([METADATA, CONFIG]), "model.weights.h5")
    yield malformed("zip_in_place_of_weights.keras", keras_file(weights=zip_file([CONFIG])),
                    "not an HDF5 file")  # fmt: skip
    yield unsupported("zip_shards.keras",
                      zip_file([METADATA, CONFIG, ("model.weights.json", b"{}")]),
                      "shards")  # fmt: skip
