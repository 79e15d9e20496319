"""`Model.tune`: the `weir tune` of the command line, in a process of its own, so that what it
measures is not what this one holds."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
from typing import Any

from weir import errors
from weir.command import PROGRAM

_CODES = {2: errors.InvalidArgumentError, 4: errors.UnsupportedError}


def tune(path: pathlib.Path, weights_file: pathlib.Path | None, options: dict[str, Any], threads: int, seconds: float,
         save: bool) -> list[dict[str, Any]]:
    """See `Model.tune`."""
    command = [os.fspath(PROGRAM), "tune", os.fspath(path), "--json", "--seconds", str(seconds),
               "--threads", str(threads), "--batch-size", str(options["batch_size"])]
    if options["memory_limit"] is not None:
        command += ["--memory-limit", str(options["memory_limit"])]
    for shape in options["row_shapes"] or ():
        command += ["--shape", ",".join(map(str, shape))]
    if weights_file is not None:
        command += ["--weights", os.fspath(weights_file)]
    if save:
        command.append("--save")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        message = done.stderr.strip().removeprefix("weir: ")
        raise _CODES.get(done.returncode, errors.Error)(message)
    candidates: list[dict[str, Any]] = json.loads(done.stdout)["candidates"]
    return candidates
