"""VGG16, whose weights are 553 MB, under a limit of 128 MiB, and what that costs in time."""
MODEL = "VGG16"
MODELS = QUICK = (MODEL,)
LIMIT = 128 * 2**20
STREAM = ("--weights", "stream")


def measure(bench):
    if not bench.chosen(MODELS, QUICK):
        return
    compiled = bench.weir.work / f"{MODEL}.weir"
    missing = bench.weir.run("compile", bench.model(MODEL), "-o", compiled).failure()
    contenders = ["resident", "streamed", "streamed, compiled"]
    for repeat, contender in bench.interleaved(contenders):
        file = compiled if contender.endswith("compiled") else bench.model(MODEL)
        if file == compiled and missing:
            bench.add("streaming", missing, {}, contender=contender, repeat=repeat)
            continue
        measure_one(bench, contender, file, repeat)


def measure_one(bench, contender, file, repeat):
    streamed = contender != "resident"
    limit = LIMIT if streamed else None
    done = bench.weir.predict(file, bench.few_rows(MODEL), *(STREAM if streamed else ()),
                              limit=limit)
    bench.add("streaming", done.failure(),
              {"peak_bytes": done.peak_bytes, "seconds": done.seconds, "capped": done.capped},
              contender=contender, repeat=repeat, limit=limit)
