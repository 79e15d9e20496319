"""What `weights=` says: where weights are in memory, and the file that they come from."""
from __future__ import annotations

import os
import pathlib
from typing import Union

MODES = ("auto", "resident", "stream")

Path = Union[str, "os.PathLike[str]"]
Weights = Union[Path, "tuple[Path, str]", None]


def mode_and_file(weights: Weights) -> tuple[str | None, pathlib.Path | None]:
    """Of a mode, a path, or a tuple of both.

    >>> mode_and_file("stream")
    ('stream', None)
    >>> mode_and_file(("model.weights.h5", "stream"))
    ('stream', PosixPath('model.weights.h5'))
    """
    if weights is None:
        return None, None
    if isinstance(weights, tuple):
        file, mode = weights
        if mode not in MODES:
            raise ValueError(f"weights: {mode!r} is none of {', '.join(MODES)}")
        return _known(mode), pathlib.Path(file)
    if isinstance(weights, str) and weights in MODES:
        return _known(weights), None
    return None, pathlib.Path(weights)


def _known(mode: str) -> str | None:
    return None if mode == "auto" else mode
