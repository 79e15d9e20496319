"""Packs: zip files with the same bytes whenever they are made from the same contents."""

import io
import json
import pathlib
import re
import zipfile

import numpy as np

EPOCH = (1980, 1, 1, 0, 0, 0)


def write_pack(path: pathlib.Path, members: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zip_bytes(dict(sorted(members.items())), zipfile.ZIP_DEFLATED))


def zip_bytes(members: dict[str, bytes], compression: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression, compresslevel=9) as archive:
        for name, data in members.items():
            archive.writestr(stamped(name, compression), data)
    return buffer.getvalue()


def stamped(name, compression):
    information = zipfile.ZipInfo(name, EPOCH)
    information.compress_type = compression
    information.external_attr = 0o644 << 16
    return information


def timeless_model(path: pathlib.Path) -> bytes:
    """The file's bytes; of a .keras archive, without the moment and the addresses it was saved at."""
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if "metadata.json" not in members:
        return zip_bytes(members, zipfile.ZIP_STORED)
    metadata = json.loads(members["metadata.json"])
    metadata["date_saved"] = "1980-01-01@00:00:00"
    members["metadata.json"] = json.dumps(metadata).encode()
    members["config.json"] = renumbered(members["config.json"])
    return zip_bytes(members, zipfile.ZIP_STORED)


def renumbered(config: bytes) -> bytes:
    """Keras identifies shared objects by their addresses; the order of appearance does as well."""
    numbers = {}

    def number(match):
        return match[1] + str(numbers.setdefault(match[2], len(numbers) + 1)).encode()

    return re.sub(rb'("shared_object_id": )(\d+)', number, config)


def npy_bytes(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def json_bytes(value) -> bytes:
    return json.dumps(value, indent=1).encode()
