"""Peak resident memory of `weir predict` on the same rows at several batch sizes."""
MODELS = ("ResNet50", "MobileNetV2", "EfficientNetB0", "UNet", "Encoder")
QUICK = ("MobileNetV2", "Encoder")
BATCHES = (1, 32, 256, 1024)


def measure(bench):
    for name in bench.chosen(MODELS, QUICK):
        for repeat, batch in bench.interleaved(BATCHES):
            done = bench.weir.predict(bench.model(name), bench.rows(name), "--batch-size", batch)
            bench.add("batch_sizes", done.failure(),
                      {"peak_bytes": done.peak_bytes, "seconds": done.seconds},
                      model=name, batch=batch, repeat=repeat)
