"""The `weir` command of the package: the C++ program that lies beside this file."""
from __future__ import annotations

import os
import sys
from typing import NoReturn

PROGRAM = os.path.join(os.path.dirname(__file__), "weir")


def main() -> NoReturn:
    """Becomes the program, with the arguments of this one; its exit codes are the command's.

    Raises:
        FileNotFoundError: where the package is incomplete.

    >>> import subprocess, sys
    >>> command = [sys.executable, "-c", "from weir.command import main; main()"]
    >>> subprocess.run([*command, "summary", "missing.keras"], stderr=subprocess.DEVNULL).returncode
    1
    """
    os.execv(PROGRAM, ["weir", *sys.argv[1:]])
