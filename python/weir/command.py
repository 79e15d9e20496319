"""The `weir` command of the package: the C++ program that lies beside this file."""
import os
import pathlib
import sys

PROGRAM = pathlib.Path(__file__).with_name("weir")


def main():
    """Becomes the program, with the arguments of this one."""
    os.execv(PROGRAM, ["weir", *sys.argv[1:]])
