"""Batch 32: peak memory and steady throughput of Weir and of the peers, in turn."""
MODELS = ("ResNet50", "MobileNetV2", "EfficientNetB0", "VGG16", "UNet", "Encoder")
QUICK = ("MobileNetV2", "ResNet50", "UNet", "Encoder", "EfficientNetB0")
BATCH = 32
PEERS = ("Keras predict", "Keras call", "ONNX Runtime", "ONNX Runtime, no arena", "OpenVINO",
         "OpenVINO, throughput hint", "LiteRT")
WEIR = {
    "Weir": (),
    "Weir, latency mode": ("--mode", "latency"),
    "Weir, throughput mode": ("--mode", "throughput"),
    "Weir, one whole batch": ("--mode", "latency", "--micro-batch", BATCH),
}
BARE = "bare interpreter"


def measure(bench):
    contenders = (*WEIR, *PEERS, BARE)
    for name in bench.chosen(MODELS, QUICK):
        for repeat, contender in bench.interleaved(contenders):
            measure_one = measure_weir if contender in WEIR else measure_peer
            measure_one(bench, name, contender, repeat)


def measure_weir(bench, name, contender, repeat):
    """The peak is that of `predict`, the throughput that of the same steps without files."""
    options = ("--batch-size", BATCH, *WEIR[contender])
    done = bench.weir.predict(bench.model(name), bench.few_rows(name), *options)
    speed, reason = rows_per_second(bench, name, options)
    bench.add("batch_32", done.failure() or reason,
              {"peak_bytes": done.peak_bytes, "rows_per_second": speed},
              model=name, contender=contender, repeat=repeat)


def rows_per_second(bench, name, options):
    """Of Weir, or None and the reason."""
    found, reason = bench.weir.check(bench.model(name), *options, seconds=bench.seconds)
    return found["steps_per_second"] * BATCH if found else None, reason


def measure_peer(bench, name, contender, repeat):
    done, answer, reason = bench.peer(contender, name)
    numbers = {} if reason else {"peak_bytes": done.peak_bytes, **answer}
    bench.add("batch_32", reason, numbers, model=name, contender=contender, repeat=repeat)
