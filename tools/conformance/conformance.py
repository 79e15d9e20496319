"""Compares Weir with the Keras installed beside it.

    python conformance.py [--weir PROGRAM] [--applications] [--layers] [--only NAME]...

--applications: each model of keras.applications with random weights, on two images.
--layers: the tables of the golden cases, with weights and inputs drawn anew (see --seed).
Without either, both. The exit code is 1 when any of them disagrees.
"""

import argparse
import functools
import multiprocessing
import pathlib
import tempfile
import time

from comparison import Verdict, compare
from question import application_questions, family_questions, names_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECTIONS = ("applications", "layers")


def in_own_process(function, *arguments):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def verdicts(ask, weir, name):
    """Asks Keras in a process of its own, then Weir; nothing of it stays on disk."""
    with tempfile.TemporaryDirectory(prefix="weir-conformance-") as folder:
        try:
            questions = in_own_process(ask, name, pathlib.Path(folder))
        except Exception as error:  # Whatever stops Keras is a line of the table, not the end.
            return [Verdict(name, None, 0.0, f"Keras could not be asked: {error}")]
        return [compare(weir, question) for question in questions]


def report(verdict: Verdict) -> None:
    difference = "-" if verdict.difference is None else f"{verdict.difference:.1e}"
    words = "agrees" if verdict.passed else "DISAGREES" if not verdict.complaint else "FAILS"
    line = f"{verdict.name:45} {difference:>8} {verdict.tolerance:>8.0e}  {words}"
    print(f"{line}  {verdict.complaint}".rstrip(), flush=True)


def run_section(section, ask, weir, only) -> list[Verdict]:
    print(f"\n{section:45} {'distance':>8} {'allowed':>8}")
    results = []
    for name in in_own_process(names_of, section):
        if only and name not in only:
            continue
        for verdict in verdicts(ask, weir, name):
            report(verdict)
            results.append(verdict)
    return results


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weir", type=pathlib.Path, default=ROOT / "build/release/bin/weir")
    parser.add_argument("--applications", action="store_true", help="only keras.applications")
    parser.add_argument("--layers", action="store_true", help="only the golden tables")
    parser.add_argument("--only", action="append", help="a model, or a table such as pooling")
    parser.add_argument("--seed", type=int, default=1, help="of weights and inputs")
    parser.add_argument(
        "--full-size", action="store_true", help="every application at its default image size"
    )
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if not arguments.weir.is_file():
        raise SystemExit(f"{arguments.weir} is not there; build it, or name it with --weir")
    ask = {
        "applications": functools.partial(
            application_questions, seed=arguments.seed, full_size=arguments.full_size
        ),
        "layers": functools.partial(family_questions, seed=arguments.seed),
    }
    wanted = [section for section in SECTIONS if getattr(arguments, section)] or SECTIONS
    started = time.monotonic()
    results = []
    for section in wanted:
        results += run_section(section, ask[section], arguments.weir, arguments.only)
    failed = [verdict.name for verdict in results if not verdict.passed]
    seconds = time.monotonic() - started
    print(f"\n{len(results) - len(failed)} of {len(results)} agree with Keras ({seconds:.0f} s)")
    if failed or not results:
        raise SystemExit("disagreeing: " + ", ".join(failed) if failed else "nothing was compared")


if __name__ == "__main__":
    main()
