#!/usr/bin/env python3
"""Checks that the folders of src/ include only what the architecture lets them.

The table below is the one of docs/architecture.md. Every folder may include itself, the public
headers and src/base. Prints each forbidden include and exits with 1 if there is one.
"""

import pathlib
import re
import sys

ALLOWED = {
    "base": set(),
    "keras": set(),
    "kernels": set(),
    "plan": set(),
    "profile": set(),
    "allocations": set(),
    "graph": {"keras", "kernels"},
    "ops": {"graph", "kernels"},
    "layers": {"keras", "graph", "kernels", "ops"},
    "exec": {"plan", "kernels"},
    "session": {"keras", "graph", "kernels", "layers", "plan", "exec", "profile"},
    "stream": {"session", "profile"},
    "io": {"stream"},
    "report": {"profile"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def forbidden_includes(root: pathlib.Path):
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in {".h", ".cpp"}:
            continue
        folder = path.relative_to(root / "src").parts[0]
        allowed = ALLOWED[folder] | {folder, "base", "weir"}
        for included in INCLUDE.findall(path.read_text()):
            if "/" in included and included.split("/")[0] in ALLOWED.keys() - allowed:
                yield f"{path.relative_to(root)}: may not include {included}"
    for path in sorted((root / "include").rglob("*.h")):
        for included in INCLUDE.findall(path.read_text()):
            if not included.startswith("weir/"):
                yield f"{path.relative_to(root)}: a public header may not include {included}"


def main() -> int:
    found = list(forbidden_includes(pathlib.Path(__file__).resolve().parent.parent))
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
