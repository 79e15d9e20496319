"""Throughput at batch 32 as Weir plans it, against one whole batch at a time: many pairs in turn, for
they may differ by less than a shared machine does from one minute to the next."""
from tables.batch_32 import BATCH, MODELS, QUICK, WEIR, rows_per_second

PAIRS = 15
CONTENDERS = ("Weir", "Weir, one whole batch")


def measure(bench):
    for name in bench.chosen(MODELS, QUICK):
        for pair, contender in bench.interleaved(CONTENDERS, PAIRS):
            speed, reason = rows_per_second(bench, name, ("--batch-size", BATCH, *WEIR[contender]))
            bench.add("whole_batch", reason, {"rows_per_second": speed}, model=name,
                      contender=contender, repeat=pair)
