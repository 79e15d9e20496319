"""Random models, asked of Keras and of Weir.

    python fuzz_models.py [--seed N] [--models N] [--minutes N] [--keras2 SHARE] [--only NUMBER]

Draws models of random layers, operations and graphs, with Keras 3 and with Keras 2 (tf-keras), saves each
in a format, and compares what Keras answers with what Weir does. The same seed gives the same models.
A model that differs is made smaller and printed. The exit code is 1 when there is one.
"""

import argparse
import collections
import dataclasses
import importlib
import json
import logging
import multiprocessing
import os
import pathlib
import sys
import time
import warnings

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

GOLDEN_TOOL = pathlib.Path(__file__).resolve().parents[1] / "golden"
MODELS_A_PROCESS = 100  # TensorFlow keeps the memory of the models it has seen.
VERSIONS = {3: "keras", 2: "tf_keras"}
KERAS2_EVERY = 4  # Of so many models one is of Keras 2.


@dataclasses.dataclass
class Result:
    number: int
    version: int
    file: str
    verdict: str
    reason: str
    classes: list[str]
    recipe: dict | None = None


def run_models(version, numbers, seed, results):
    """In a process of its own: draws, asks and judges the models of these numbers."""
    sys.path.insert(0, str(GOLDEN_TOOL))
    keras = importlib.import_module(VERSIONS[version])
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    import numpy as np
    from graph_draws import GraphDraw
    from trial import FORMATS, Trial

    trial = Trial(keras, version)
    for number in numbers:
        results.put(("begun", number))
        random = np.random.default_rng([seed, number])
        keras.backend.clear_session()
        recipe = GraphDraw(keras, version, random).recipe()
        file = FORMATS[version][number // KERAS2_EVERY % len(FORMATS[version])]
        results.put(("done", judged(trial, recipe, file, number, version)))


def judged(trial, recipe, file, number, version):
    from recipe import classes_of
    from shrink import shrunk

    outcome = trial.run(recipe, file, number)
    result = Result(number, version, file, outcome.verdict, outcome.reason, list(classes_of(recipe)))
    if outcome.verdict == "wrong":
        result.recipe = shrunk(recipe, lambda r: trial.run(r, file, number).verdict == "wrong")
        result.reason = trial.run(result.recipe, file, number).reason
    return result


def results_of(version, numbers, seed):
    """Those of one process; a model that ends the process is wrong, and the rest go to another."""
    context = multiprocessing.get_context("spawn")
    while numbers:
        queue = context.SimpleQueue()
        process = context.Process(target=run_models, args=(version, numbers, seed, queue))
        process.start()
        begun = None
        done = set()
        while len(done) < len(numbers):
            if queue.empty():
                if not process.is_alive() and queue.empty():
                    break
                time.sleep(0.01)
                continue
            kind, what = queue.get()
            if kind == "begun":
                begun = what
            else:
                done.add(what.number)
                yield what
        process.join()
        if len(done) < len(numbers):
            ended = f"the process ended with {process.exitcode}"
            yield Result(begun, version, "", "wrong", ended, [])
            done.add(begun)
        numbers = [number for number in numbers if number not in done]


def version_of(number):
    return 2 if number % KERAS2_EVERY == 0 else 3


def portions(first, count):
    """(Keras version, numbers of models) for one process each."""
    for start in range(first, first + count, KERAS2_EVERY * MODELS_A_PROCESS):
        numbers = range(start, min(first + count, start + KERAS2_EVERY * MODELS_A_PROCESS))
        old = [number for number in numbers if version_of(number) == 2]
        new = [number for number in numbers if version_of(number) == 3]
        for version, mine in ((2, old), (3, new)):
            for i in range(0, len(mine), MODELS_A_PROCESS):
                yield version, mine[i : i + MODELS_A_PROCESS]


def show(result):
    print(f"\nmodel {result.number}, Keras {result.version}, {result.file}: {result.reason}")
    if result.recipe:
        print(json.dumps(result.recipe, ensure_ascii=False), flush=True)


def tell(results, seconds):
    verdicts = collections.Counter(result.verdict for result in results)
    print(f"\n{len(results)} models ({seconds:.0f} s): " + ", ".join(
        f"{count} {verdict}" for verdict, count in verdicts.most_common()
    ))
    for verdict in ("unsupported", "lost", "not a model"):
        reasons = collections.Counter(r.reason for r in results if r.verdict == verdict)
        for reason, count in reasons.most_common(25):
            print(f"  {verdict:12} {count:4}  {reason}")
    drawn = collections.Counter(name for result in results for name in set(result.classes))
    agreed = collections.Counter(
        name for result in results if result.verdict == "agrees" for name in set(result.classes)
    )
    never = sorted(name for name in drawn if not agreed[name])
    print(f"{len(drawn)} classes and operations, of which never in a model that agrees: {never}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first model")
    parser.add_argument("--models", type=int, default=3000)
    parser.add_argument("--minutes", type=float, help="stop then, however many models that were")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    started = time.monotonic()
    results = []
    for version, numbers in portions(arguments.first, arguments.models):
        for result in results_of(version, numbers, arguments.seed):
            results.append(result)
            if result.verdict == "wrong":
                show(result)
            if arguments.minutes and time.monotonic() - started > 60 * arguments.minutes:
                break
        else:
            continue
        break
    tell(results, time.monotonic() - started)
    if any(result.verdict == "wrong" for result in results) or not results:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
