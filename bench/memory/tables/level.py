"""`weir check`: very many steps, allocations and growth."""
MODELS = {"Small": 1_000_000, "MobileNetV2": 10_000}
QUICK = {"Small": 100_000, "MobileNetV2": 200}


def measure(bench):
    for name in bench.chosen(MODELS, QUICK):
        steps = (QUICK if bench.quick else MODELS)[name]
        found, reason = bench.weir.check(bench.model(name), steps=steps)
        kept = {key: found[key] for key in (
            "steps", "verdict", "allocations_per_step", "slope_bytes_per_step",
            "resident_bytes")} if found else {}
        bench.add("level", reason, kept, model=name, asked=steps)
