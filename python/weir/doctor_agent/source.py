"""Which code is the program's own, and what its source says."""

import ast
import functools
import os
import sys
import sysconfig

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep
_INSTALLED = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)
_STANDARD = tuple(
    os.path.realpath(sysconfig.get_paths()[name]) + os.sep for name in ("stdlib", "platstdlib")
)
_ADDING = frozenset(
    "append appendleft extend extendleft add insert put put_nowait setdefault update push".split()
)


# More than a program with TensorFlow has of either: to lose one costs a walk over a path.
@functools.lru_cache(maxsize=32768)
def is_user_file(name):
    """Whether code of that file belongs to the program, not to Python or an installed package."""
    if "__autograph_generated_file" in name:
        return False
    if name.startswith("<"):
        # The library makes classes of strings; a program is one when it is given as such.
        return name == "<stdin>" or (name == "<string>" and "-c" in sys.orig_argv)
    # Links are followed only where the name itself says nothing: it takes long.
    return not (_is_installed(name) or _is_installed(os.path.realpath(name)))


def _is_installed(path):
    return path.startswith((_OWN, *_STANDARD)) or any(part in path for part in _INSTALLED)


@functools.lru_cache(maxsize=32768)
def is_user_module(name):
    module = sys.modules.get(name)
    if module is None:
        return False
    file = getattr(module, "__file__", None)
    return name == "__main__" if file is None else is_user_file(file)


def user_frames(frame):
    """The frames of the program's own code, the innermost first."""
    while frame is not None:
        if is_user_file(frame.f_code.co_filename):
            yield frame
        frame = frame.f_back


def place(frame):
    return {
        "file": os.path.abspath(frame.f_code.co_filename),
        "line": frame.f_lineno,
        "function": frame.f_code.co_name,
    }


def _last_name(node):
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return _last_name(node.value)
    return None


def _adds_to(node, name):
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in _ADDING and _last_name(node.func.value) == name
    if isinstance(node, ast.AugAssign):
        return _last_name(node.target) == name
    if isinstance(node, ast.Assign):
        return any(
            isinstance(target, ast.Subscript) and _last_name(target.value) == name
            or _last_name(target) == name and _mentions(node.value, name)
            for target in node.targets
        )
    return False


def _mentions(expression, name):
    return any(_last_name(part) == name for part in ast.walk(expression))


def _nodes(file):
    try:
        with open(file, encoding="utf-8") as source:
            return list(ast.walk(ast.parse(source.read())))
    except (OSError, SyntaxError, ValueError):
        return []


def lines_adding_to(name, files):
    """Places in the given source files where something is added to a container of that name."""
    for file in files:
        for node in _nodes(file):
            if _adds_to(node, name):
                yield {"file": os.path.abspath(file), "line": node.lineno, "function": ""}


def _adds(node):
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in _ADDING
    if isinstance(node, ast.Assign):
        return any(
            not isinstance(target, ast.Name) or _mentions(node.value, target.id)
            for target in node.targets
        )
    return isinstance(node, ast.AugAssign)


def may_add(file, line):
    """Whether a line of the program can itself make a container grow, not only what it calls."""
    return any(_adds(node) and node.lineno <= line <= node.end_lineno for node in _nodes(file))
