"""The plan's peak against the measured one, for every model and several limits."""
MODELS = ("Small", "ResNet50", "MobileNetV2", "EfficientNetB0", "VGG16", "UNet", "Encoder")
QUICK = ("Small", "MobileNetV2", "Encoder")
OPTIONS = ("--batch-size", 32)
STEPS = 4  # Limits from the smallest to what the model takes without one.


def measure(bench):
    for name in bench.chosen(MODELS, QUICK):
        limits = limits_of(bench, name)
        for repeat, limit in bench.interleaved(limits):
            measure_one(bench, name, limit, repeat)


def limits_of(bench, name):
    """No limit, and from the smallest accepted to a little more than is needed."""
    smallest = bench.weir.smallest_limit(bench.model(name), *OPTIONS)
    plan, _ = bench.weir.plan(bench.model(name), *OPTIONS)
    if smallest is None or plan is None:
        return [None]
    largest = max(plan["peak_bytes"], smallest) + 2**20
    return [None] + [smallest + (largest - smallest) * i // STEPS for i in range(STEPS + 1)]


def measure_one(bench, name, limit, repeat):
    limited = () if limit is None else ("--memory-limit", limit)
    plan, reason = bench.weir.plan(bench.model(name), *OPTIONS, *limited)
    row = {"model": name, "limit": limit, "repeat": repeat}
    if plan is None:
        bench.add("limits", reason, {}, **row)
        return
    done = bench.weir.predict(bench.model(name), bench.few_rows(name), *OPTIONS, limit=limit)
    bench.add("limits", done.failure(),
              {"planned_bytes": plan["peak_bytes"], "peak_bytes": done.peak_bytes,
               "micro_batch": plan["micro_batch"], "capped": done.capped}, **row)
