"""Asking Weir the same, through its command line, and measuring how far it is from Keras."""

import dataclasses
import pathlib
import subprocess

import numpy as np
from question import Question

TIMEOUT_SECONDS = 600


@dataclasses.dataclass
class Verdict:
    name: str
    # Largest |difference| / largest |expected| over the outputs; None where Weir gave no answer.
    difference: float | None
    tolerance: float
    complaint: str = ""

    @property
    def passed(self) -> bool:
        return self.difference is not None and self.difference <= self.tolerance


def compare(weir: pathlib.Path, question: Question) -> Verdict:
    verdict = Verdict(question.name, None, question.tolerance)
    try:
        answers = ask(weir, question)
        expected = [(name, np.load(path)) for name, path in question.outputs]
        verdict.difference = max(
            distance(array, answer)
            for (_, array), answer in zip(expected, in_order(expected, answers))
        )
    except (RuntimeError, ValueError, OSError, subprocess.TimeoutExpired) as error:
        verdict.complaint = str(error)
    return verdict


def ask(weir, question) -> dict[str, np.ndarray]:
    output = question.model.parent / ("answer.npy" if len(question.outputs) == 1 else "answer.npz")
    command = [weir, "predict", question.model, "--output", output]
    for name, path in question.inputs:
        command += ["--input", path if len(question.inputs) == 1 else f"{name}={path}"]
    run = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
    )
    if run.returncode != 0:
        raise RuntimeError(f"exit code {run.returncode}: {run.stderr.strip()}")
    loaded = np.load(output)
    return {"": loaded} if isinstance(loaded, np.ndarray) else dict(loaded)


def in_order(expected, answers):
    """The answers by name; a .npy file has one, without a name."""
    names = [name for name, _ in expected]
    if len(names) == 1:
        return list(answers.values())
    if set(names) != set(answers):
        raise ValueError(f"outputs {sorted(answers)} instead of {names}")
    return [answers[name] for name in names]


def distance(expected, answer) -> float:
    if expected.shape != answer.shape:
        raise ValueError(f"shape {answer.shape} instead of {expected.shape}")
    difference = np.abs(answer.astype(np.float64) - expected.astype(np.float64))
    return float(difference.max() / np.abs(expected.astype(np.float64)).max())
