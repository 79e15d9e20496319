"""Four processes that predict with one model at the same time: the sum of what each has to itself
and its share of what they share (PSS)."""
import subprocess
import time

import child

MODELS = ("ResNet50", "MobileNetV2")
QUICK = ("MobileNetV2",)
PROCESSES = 4
PERIOD = 0.05


def measure(bench):
    for name in bench.chosen(MODELS, QUICK):
        compiled = bench.weir.work / f"{name}.weir"
        done = bench.weir.run("compile", bench.model(name), "-o", compiled)
        measure_file(bench, name, "compiled", compiled, done.failure())
        measure_file(bench, name, "Keras file", bench.model(name), None)


def measure_file(bench, name, form, file, reason):
    plan = None
    if not reason:
        plan, reason = bench.weir.plan(file)
    row = {"model": name, "form": form, "processes": PROCESSES}
    if reason:
        bench.add("sharing", reason, {}, **row)
        return
    total, reason = shared_peak(bench, file, bench.rows(name))
    bench.add("sharing", reason,
              {"pss_bytes": total, "weights_bytes": plan["weights_bytes"],
               "own_bytes": plan["peak_bytes"] - plan["weights_bytes"]}, **row)


def shared_peak(bench, file, rows):
    """The largest sum of PSS while all are predicting."""
    running = [start(bench, file, rows, i) for i in range(PROCESSES)]
    largest = 0
    while all(process.poll() is None for process in running):
        shares = [child.proc_bytes(p.pid, "smaps_rollup", "Pss") for p in running]
        if all(shares):
            largest = max(largest, sum(shares))
        time.sleep(PERIOD)
    errors = [process.communicate()[1] for process in running]
    failed = next((e for p, e in zip(running, errors) if p.returncode), None)
    return largest, None if failed is None else failed.decode(errors="replace").strip()


def start(bench, file, rows, number):
    output = bench.weir.work / f"out{number}.npy"
    return subprocess.Popen(
        [str(a) for a in (bench.weir.program, "predict", file, "--input", rows, "--output", output,
                          "--threads", bench.threads, "--progress", "never")],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
