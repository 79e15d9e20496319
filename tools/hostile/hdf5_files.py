"""HDF5 files that are broken, or that try something: as legacy models and as weights in archives."""

import re

import h5py
import numpy as np

from case import (
    found,
    good_variables,
    keras_file,
    legacy_file,
    little,
    malformed,
    patched,
    unsupported,
)

# Sizes, and offsets within structures, of files with 8-byte addresses.
UNDEFINED = b"\xff" * 8
SUPERBLOCK_END_ADDRESS, SUPERBLOCK_ROOT = 40, 64
TREE_CHILD, NODE_NAME_OFFSET, NODE_HEADER, HEAP_SIZE = 32, 8, 16, 8


def variables_case(make, name, write, phrase):
    """Weights of the dense layer that `write(group)` makes."""

    def write_file(file):
        write(file.create_group("layers/dense/vars"))

    return make(f"h5_{name}.keras", keras_file(weights=write_file), phrase)


def kernel_case(make, name, phrase, *args, **kwargs):
    return variables_case(
        make, name, lambda group: group.create_dataset("0", *args, **kwargs), phrase
    )


def legacy_weights(*names, values=()):
    def write(group):
        group.attrs["layer_names"] = ["dense"]
        one = group.create_group("dense")
        one.attrs["weight_names"] = list(names)
        for name in values:
            one[name] = np.zeros((3, 2), "float32")

    return write


def looping_groups(file):
    good_variables(file.create_group("layers/dense/vars"))
    file["layers/dense/again"] = file["layers/dense"]
    file["layers/dense/and_again"] = file["layers/dense"]


def deep_groups(file):
    file.create_group("layers/dense" + "/part" * 200 + "/vars")


def shape_of_kernel(new_dims):
    """The good legacy file with other sizes in the kernel's dataspace message, and largest sizes."""
    return legacy_file().replace(little(3, 8) + little(2, 8), new_dims)


def continuation_loop():
    """An object header that continues where it is, with a message that continues there again."""
    data = legacy_file()
    root = int.from_bytes(data[SUPERBLOCK_ROOT:][:8], "little")
    first_message = root + 16
    message = little(0x10, 2) + little(16, 2) + bytes(4) + little(first_message, 8) + little(24, 8)
    return patched(data, first_message, message)


def without_times(data):
    """Zeroes the times in version 2 object headers, and the checksums that depend on them."""
    for header in re.finditer(rb"OHDR\x02", data):
        at = header.start() + 6
        flags = data[at - 1]
        if flags & 0x20:
            data = patched(data, at, bytes(16))
            at += 16
        width = 1 << (flags & 3)
        size = int.from_bytes(data[at : at + width], "little")
        data = patched(data, at + width + size, bytes(4))
    return data


def tree_that_is_its_own_child():
    data = legacy_file()
    tree = found(data, b"TREE")
    data = patched(data, tree + 5, b"\x01")  # Of level 1, so that its children are trees.
    return patched(data, tree + TREE_CHILD, little(tree, 8))


def patched_structure(signature, offset, new, which=0):
    data = legacy_file()
    return patched(data, found(data, signature, which) + offset, new)


def bad_string():
    """The text of the config is said to be in a heap that is not one."""
    data = legacy_file()
    heap = little(found(data, b"GCOL"), 8)
    return patched(data, found(data, heap), little(16, 8))


def missing_object():
    data = legacy_file()
    heap = found(data, b"GCOL")
    at = found(data, little(heap, 8)) + 8
    return patched(data, at, little(777, 4))


def corrupt_chunk():
    def write(group):
        group.attrs["layer_names"] = ["dense"]
        one = group.create_group("dense")
        one.attrs["weight_names"] = ["kernel"]
        one.create_dataset("kernel", data=np.arange(600, dtype="float32"), compression="gzip")

    data = legacy_file(write)
    return patched(data, found(data, b"\x78\x5e"), b"\xff\xff\xff\xff")


def cases():
    yield from container_cases()
    yield from structure_cases()
    yield from dataset_cases()
    yield from weight_cases()


def container_cases():
    good = legacy_file()
    yield malformed("h5_truncated.h5", good[: len(good) // 2], "cut off")
    yield malformed("h5_superblock_only.h5", good[:96], "cut off")
    yield malformed("h5_signature_only.h5", good[:8], "superblock")
    yield unsupported("h5_superblock_version.h5", patched(good, 8, b"\x63"), "version 99")
    yield malformed("h5_address_width.h5", patched(good, 13, b"\x11"), "of 17 bytes")
    yield malformed("h5_claims_more_bytes.h5",
                    patched(good, SUPERBLOCK_END_ADDRESS, little(1 << 40, 8)),
                    "cut off")  # fmt: skip
    yield malformed("h5_root_undefined.h5", patched(good, SUPERBLOCK_ROOT, UNDEFINED), "no root")
    yield malformed("h5_root_past_end.h5", patched(good, SUPERBLOCK_ROOT, little(1 << 60, 8)),
                    "past the end")  # fmt: skip
    yield unsupported("h5_weights_only.h5",
                      legacy_file().replace(b"model_config", b"model_Xonfig"),
                      "model_config")  # fmt: skip
    yield malformed("h5_without_weights.h5",
                    legacy_file().replace(b"model_weights\0", b"model_weightX\0"),
                    "model_weights")  # fmt: skip


def structure_cases():
    yield malformed("h5_continuation_loop.h5", continuation_loop(), "loop")
    yield malformed("h5_tree_loop.h5", tree_that_is_its_own_child(), "out of place")
    yield malformed("h5_tree_child_past_end.h5",
                    patched_structure(b"TREE", TREE_CHILD, little(1 << 50, 8)),
                    "past the end")  # fmt: skip
    yield malformed("h5_tree_of_many_entries.h5",
                    patched_structure(b"TREE", 6, little(0xFFFF, 2)), "HDF5")  # fmt: skip
    yield malformed("h5_node_of_many_symbols.h5",
                    patched_structure(b"SNOD", 6, little(0xFFFF, 2)), "HDF5")  # fmt: skip
    yield malformed("h5_name_outside_heap.h5",
                    patched_structure(b"SNOD", NODE_NAME_OFFSET, little(1 << 40, 8)),
                    "name")  # fmt: skip
    yield malformed("h5_child_past_end.h5",
                    patched_structure(b"SNOD", NODE_HEADER, little(1 << 40, 8)),
                    "past the end")  # fmt: skip
    yield malformed("h5_heap_past_end.h5",
                    patched_structure(b"HEAP", HEAP_SIZE, little(1 << 40, 8)),
                    "do not lie in the file")  # fmt: skip
    yield malformed("h5_string_in_no_heap.h5", bad_string(), "GCOL")
    yield malformed("h5_string_object_missing.h5", missing_object(), "no object 777")
    yield malformed("h5_groups_loop.keras", keras_file(weights=looping_groups), "nest deeper")
    yield malformed("h5_groups_deep.keras", keras_file(weights=deep_groups), "nest deeper")
    latest = without_times(legacy_file(libver="latest"))
    yield malformed("h5_latest_truncated.h5", latest[: len(latest) // 2], "cut off")
    yield malformed("h5_latest_header_size.h5",
                    patched(latest, found(latest, b"OHDR") + 22, b"\xff\xff"), "HDF5")  # fmt: skip


def dataset_cases():
    huge = little(1 << 40, 8)
    yield malformed("h5_shape_overflows.h5", shape_of_kernel(huge + huge), "overflow")
    yield malformed("h5_shape_past_end.h5", shape_of_kernel(little(1 << 20, 8) + little(2, 8)),
                    "do not lie in the file")  # fmt: skip
    yield malformed("h5_shape_negative.h5", shape_of_kernel(b"\xff" * 8 + little(0, 8)),
                    "out of range")  # fmt: skip
    yield kernel_case(malformed, "chunks_of_a_bomb", "unpacks to more than",
                      shape=(1 << 15, 1 << 15), dtype="float32", chunks=(64, 64))  # fmt: skip
    yield kernel_case(malformed, "absurd_chunks", "overflow", shape=(1 << 40, 1 << 40),
                      dtype="float32", chunks=(64, 64))  # fmt: skip
    yield kernel_case(unsupported, "never_written", "never written", shape=(3, 2),
                      dtype="float32")  # fmt: skip
    yield malformed("h5_corrupt_chunk.h5", corrupt_chunk(), "deflate stream")
    values = np.zeros((8, 8), "float32")
    yield kernel_case(unsupported, "unknown_filter", "filter", data=values, compression="lzf")
    yield kernel_case(unsupported, "complex_numbers", "no type",
                      data=np.zeros((3, 2), "complex64"))  # fmt: skip
    yield kernel_case(unsupported, "big_endian", "no type", data=np.zeros((3, 2), ">f4"))
    yield kernel_case(unsupported, "texts", "no type", data=np.array([b"ab", b"cd"]))
    yield kernel_case(unsupported, "many_axes", "axes", data=np.zeros((1,) * 20, "float32"))
    yield variables_case(malformed, "group_as_variable",
                         lambda group: group.create_group("0"), "group stands")  # fmt: skip


def weight_cases():
    yield variables_case(unsupported, "soft_link",
                         lambda group: group.__setitem__("0", h5py.SoftLink("/layers")),
                         "soft or an external link")  # fmt: skip
    yield variables_case(unsupported, "external_link",
                         lambda group: group.__setitem__(
                             "0", h5py.ExternalLink("/etc/passwd", "/")),
                         "soft or an external link")  # fmt: skip

    def external_data(group):
        group.create_dataset("0", shape=(3,), dtype="uint8", external=[("/etc/passwd", 0, 3)])

    yield variables_case(unsupported, "external_data", external_data, "never written")

    def unclaimed(file):
        good_variables(file.create_group("layers/dense/vars"))
        good_variables(file.create_group("layers/conv2d/vars"))

    yield malformed("h5_unclaimed_weights.keras", keras_file(weights=unclaimed),
                    "belong to no layer")  # fmt: skip
    yield malformed("h5_weight_named_but_missing.h5",
                    legacy_file(legacy_weights("kernel", "bias", values=("kernel",))),
                    "there is no 'bias'")  # fmt: skip

    def unclaimed_legacy(group):
        legacy_weights("kernel", values=("kernel",))(group)
        group.attrs["layer_names"] = ["dense", "nobody"]
        other = group.create_group("nobody")
        other.attrs["weight_names"] = ["kernel"]
        other["kernel"] = np.zeros(3, "float32")

    yield malformed("h5_unclaimed_legacy_weights.h5", legacy_file(unclaimed_legacy),
                    "belong to no layer")  # fmt: skip

    def write_nothing(file):
        file.create_group("layers")

    def transposed(group):
        group["0"] = np.zeros((2, 3), "float32")
        group["1"] = np.zeros(2, "float32")

    def bare(group):
        group["0"] = np.zeros((3, 2), "float32")

    case = malformed("h5_layer_without_weights.keras", keras_file(weights=write_nothing), "dense")
    case.stage = "build"
    yield case
    for name, write in (("wrong_shape", transposed), ("without_bias", bare)):
        case = variables_case(malformed, name, write, "dense")
        case.stage = "build"
        yield case
