"""A thousand different shapes in one process: how memory grows after the first hundred."""
import random

import child

MODELS = {"AnyLength": "int32", "AnySize": "float32"}
QUICK = MODELS
PEERS = ("Keras predict", "Keras call", "ONNX Runtime", "ONNX Runtime, no arena", "OpenVINO",
         "LiteRT")
SETTLED = 100
WEIR = "Weir"


def shapes_of(name, count):
    """All different, in random order but for the largest, which comes first: what the largest
    shape needs is no growth."""
    if name == "AnyLength":
        shapes = [f"{16 + i}" for i in range(count)]
    else:
        shapes = [f"{32 + 4 * (i // 40)},{32 + 4 * (i % 40)},3" for i in range(count)]
    largest = f"{32 + 4 * 40},{32 + 4 * 40},3" if name == "AnySize" else f"{16 + count}"
    random.Random(4).shuffle(shapes)
    return [largest, *shapes[1:]]


def measure(bench):
    count = 300 if bench.quick else 1000
    for name in bench.chosen(MODELS, QUICK):
        lines = "\n".join(shapes_of(name, count))
        for repeat, contender in bench.interleaved((WEIR, *PEERS)):
            resident, reason = run(bench, name, contender, lines)
            numbers = {} if reason else {"settled_bytes": resident[SETTLED - 1],
                                         "final_bytes": resident[-1]}
            bench.add("shapes", reason, numbers, model=name, contender=contender, repeat=repeat,
                      steps=count)


def run(bench, name, contender, lines):
    if contender != WEIR:
        _, answer, reason = bench.peer(contender, name, MODELS[name], input=lines)
        return (None, reason) if reason else (answer["resident"], None)
    program = bench.weir.program.with_name("many_shapes")
    if not program.exists():
        return None, "not available: many_shapes was not built (WEIR_BENCH=ON)"
    done = child.run([program, bench.model(name), bench.threads], input=lines)
    return ([int(line) for line in done.out.split()], done.failure())
