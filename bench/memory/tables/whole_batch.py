"""Throughput at batch 32 as Weir plans it, against one whole batch at a time: many pairs in turn, for
they may differ by less than a shared machine does from one minute to the next."""
from tables.batch_32 import BATCH, MODELS, QUICK

PAIRS = 7
CONTENDERS = {"Weir": (), "Weir, one whole batch": ("--mode", "latency", "--micro-batch", BATCH)}


def measure(bench):
    for name in bench.chosen(MODELS, QUICK):
        for pair in range(PAIRS):
            order = list(CONTENDERS) if pair % 2 == 0 else list(CONTENDERS)[::-1]
            for contender in order:
                found, reason = bench.weir.check(
                    bench.model(name), "--batch-size", BATCH, *CONTENDERS[contender],
                    seconds=bench.seconds)
                speed = found["steps_per_second"] * BATCH if found else None
                bench.add("whole_batch", reason, {"rows_per_second": speed}, model=name,
                          contender=contender, repeat=pair)
