#!/usr/bin/env python3
"""Checks that code shown in the documentation is code of the tree.

A fenced block under a line `<!-- from PATH -->` must stand in PATH, letter for letter. Looks at
README.md and docs/*.md. Prints each block that does not, and exits with 1 if there is one.
"""

import pathlib
import re
import sys

EXCERPT = re.compile(r"^<!-- from (\S+) -->\n+```[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "<!-- from "


def false_excerpts(root: pathlib.Path):
    for page in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        if not page.exists():
            continue
        text = page.read_text()
        name = page.relative_to(root)
        found = list(EXCERPT.finditer(text))
        if len(found) != text.count(MARK):
            yield f"{name}: a line '{MARK}PATH -->' has no fenced block below it"
        for match in found:
            path, block = root / match[1], match[2]
            line = text.count("\n", 0, match.start()) + 1
            if not path.is_file():
                yield f"{name}:{line}: there is no {match[1]}"
            elif not block.strip() or block not in path.read_text():
                yield f"{name}:{line}: the block is not in {match[1]}"


def main() -> int:
    found = list(false_excerpts(pathlib.Path(__file__).resolve().parent.parent))
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
