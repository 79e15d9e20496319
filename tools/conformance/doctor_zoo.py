"""Runs the leak doctor on programs that grow, each for a known reason, and on some that do not.

    python doctor_zoo.py [--weir PROGRAM] [--only NAME]... [--jobs N] [FOLDER]

A program's truth stands in it: `# verdict:` and `# cause:` at its head (several causes where they
act together: each must be found), and `# culprit` behind the line that the doctor must name. The exit code is 1 when a verdict
or a cause is wrong, or more than two lines are.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALLOWED_WRONG_LINES = 2
SECONDS = 900


def truth_of(program):
    """(verdicts, causes, lines) that are right; any of the lines is."""
    text = program.read_text()
    words = {
        name: re.search(rf"^# {name}: (.*)$", text, re.MULTILINE)[1].split(", ")
        for name in ("verdict", "cause")
    }
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.rstrip().endswith("# culprit")]
    return words["verdict"], words["cause"], lines


def no_diagnosis(why):
    return {"verdict": "no report", "cause": why, "culprit": None, "findings": []}


def diagnosis_of(weir, program):
    with tempfile.TemporaryDirectory(prefix="weir-zoo-") as folder:
        out = pathlib.Path(folder) / "diagnosis.json"
        command = [weir, "doctor", "--json", out, "--", sys.executable, program]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        try:
            ended = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=SECONDS
            )
        except subprocess.TimeoutExpired:
            return no_diagnosis("takes too long")
        if not out.exists():
            return no_diagnosis(ended.stderr[-300:])
        return json.loads(out.read_text())


def checked(weir, program):
    verdicts, causes, lines = truth_of(program)
    found = diagnosis_of(weir, program)
    culprit = found["culprit"] or {}
    right = found["verdict"] in verdicts
    # Where several causes act together, each must be among the findings.
    named = {finding["cause"] for finding in found["findings"]} or {found["cause"]}
    right_cause = found["cause"] in causes and named.issuperset(causes)
    right_line = not lines or culprit.get("line") in lines
    return program.stem, right, right_cause, right_line, found, named


def report(result):
    name, verdict, cause, line, found, named = result
    culprit = found["culprit"] or {}
    marks = "".join("." if right else "X" for right in (verdict, cause, line))
    where = f"{culprit.get('line')} {culprit.get('name')}"
    print(f"{marks} {name:32} {found['verdict']:10} {'+'.join(sorted(named)):36} {where}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weir", type=pathlib.Path, default=ROOT / "build/release/bin/weir")
    parser.add_argument("--only", action="append", help="a program's name")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "folder", type=pathlib.Path, nargs="?", default=ROOT / "tests/doctor/zoo"
    )
    arguments = parser.parse_args()
    programs = sorted(
        program
        for program in arguments.folder.glob("*.py")
        if not arguments.only or program.stem in arguments.only
    )
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        results = []
        for result in pool.map(lambda program: checked(arguments.weir, program), programs):
            report(result)
            results.append(result)
    wrong = sum(not (verdict and cause) for _, verdict, cause, *_ in results)
    wrong_lines = sum(not line for _, _, _, line, *_ in results)
    print(f"{len(results)} programs, {wrong} wrong, {wrong_lines} lines wrong")
    return 1 if wrong or wrong_lines > ALLOWED_WRONG_LINES else 0


if __name__ == "__main__":
    sys.exit(main())
