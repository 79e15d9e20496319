#!/usr/bin/env python3
"""Writes docs/layers.md from the list of Keras's layers and from the golden cases.

    python3 tools/layers_table.py [--check] [--seen RESULTS.json]

With --check nothing is written, and a page that is out of date is an error. The differences from Keras are
those of tests/golden/differences.json; --seen renews them from the results of
`golden_test --gtest_filter=*AgreesWithKeras* --gtest_output=json:RESULTS.json`.
"""

import argparse
import collections
import io
import json
import pathlib
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "layers.md"
DIFFERENCES = ROOT / "tests" / "golden" / "differences.json"
# Keys of every layer, and those that say how a layer is trained.
COMMON = {"name", "trainable", "dtype", "seed", "build_config", "batch_input_shape"}
TRAINING = ("_initializer", "_regularizer", "_constraint")

HEAD = """# Layers

The layers that Keras 3.15 exports, all there since Weir 0.1.0, and how each is tested. Made by
`tools/layers_table.py`; a test compares the list with the registry.

- **cases**: models of the golden packs (`tests/golden`) that have the class; each is compared with what Keras answers,
  for several batch sizes and numbers of threads.
- **tolerance**: the largest difference that is accepted in any of these, relative to the largest expected value.
- **worst**: the largest one seen, on the machine that made this page; of the whole model, so often another layer's.
- **options**: those of the class's config that have different values in these cases. Others are read and, where their
  default is all that is tested, are not listed.

"""


def keras_layers():
    """Name, other names, and why there is none (or an empty text), of each class."""
    for line in (ROOT / "tests" / "layers" / "keras_layers.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            names, _, reason = line.partition(":")
            name, *others = names.split()
            yield name, others, reason.strip()


def architecture(pack, case):
    """The case's model as JSON; nothing for a legacy file, HDF5 or a SavedModel."""
    data = pack.read(case["model"])
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return {}
    archive = zipfile.ZipFile(io.BytesIO(data))
    return json.loads(archive.read("config.json")) if "config.json" in archive.namelist() else {}


def layers_in(value):
    if isinstance(value, dict):
        if isinstance(value.get("config"), dict) and "class_name" in value:
            if not str(value.get("module")).startswith(("keras.src.ops", "keras_hub")):
                yield value["class_name"], value["config"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from layers_in(item)


class Tested:
    """What the golden cases say of one class."""

    def __init__(self):
        self.cases = []
        self.tolerance = 0.0
        self.values = collections.defaultdict(set)

    def options(self):
        return sorted(key for key, values in self.values.items() if len(values) > 1)


def tested_classes():
    tested = collections.defaultdict(Tested)
    for path in sorted((ROOT / "tests" / "golden").glob("*.zip")):
        with zipfile.ZipFile(path) as pack:
            if "cases.json" not in pack.namelist():
                continue
            for case in json.loads(pack.read("cases.json")):
                found = list(layers_in(architecture(pack, case)))
                for name in {name for name, _ in found}:
                    tested[name].cases.append(f"{path.stem}/{case['name']}")
                    tested[name].tolerance = max(tested[name].tolerance, case["tolerance"])
                for name, config in found:
                    for key, value in config.items():
                        if key not in COMMON and not key.endswith(TRAINING):
                            tested[name].values[key].add(json.dumps(value, sort_keys=True))
    return tested


def seen_differences(results):
    """The largest difference of each class, from what golden_test has written of its cases."""
    suites = json.loads(results.read_text())["testsuites"]
    cases = {
        test["value_param"].replace("\\/", "/"): float(test["difference"])
        for suite in suites for test in suite["testsuite"] if "difference" in test
    }
    tested = tested_classes()
    worst = {
        name: max(cases[case] for case in tested[name].cases)
        for name, _, _ in keras_layers() if tested[name].cases and set(tested[name].cases) <= set(cases)
    }
    return {name: f"{difference:.0e}" if difference else "0" for name, difference in worst.items()}


def page():
    tested = tested_classes()
    worst = json.loads(DIFFERENCES.read_text())
    lines = ["| class | cases | tolerance | worst | options |", "|---|---|---|---|---|"]
    refused = ["| class | why |", "|---|---|"]
    for name, others, reason in keras_layers():
        if reason:
            refused.append(f"| {name} | {reason} |")
            continue
        case = tested[name]
        shown = f"{name} ({', '.join(others)})" if others else name
        options = ", ".join(f"`{option}`" for option in case.options())
        tolerance = f"{case.tolerance:g}" if case.cases else ""
        lines.append(
            f"| {shown} | {len(case.cases)} | {tolerance} | {worst.get(name, '')} | {options} |"
        )
    refusals = "\n\n## Refused\n\n" + "\n".join(refused)
    return HEAD + "\n".join(lines) + refusals + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--seen", type=pathlib.Path, help="results of golden_test")
    arguments = parser.parse_args()
    if arguments.seen:
        differences = seen_differences(arguments.seen)
        DIFFERENCES.write_text(json.dumps(differences, indent=1) + "\n")
    if arguments.check:
        if PAGE.read_text() != page():
            sys.exit(f"{PAGE.relative_to(ROOT)} is out of date: run tools/layers_table.py")
    else:
        PAGE.write_text(page())


if __name__ == "__main__":
    main()
