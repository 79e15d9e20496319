"""What a user's program says about types, for `mypy --strict`: it is looked at, and never run.

Lines that are wrong on purpose say so; strictly, an error that does not come is an error.
"""
from __future__ import annotations

import pathlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import weir

Images = npt.NDArray[np.float32]


def predict(file: pathlib.Path, images: Images) -> Images:
    with weir.load_model(file, memory_limit="512MiB", threads=2, shapes=[(8, 8, 1)]) as model:
        y: Images = model.predict(images, batch_size=32, verbose=0)
        return y


def mean_of_each(model: weir.Model, batches: Iterator[Images]) -> list[float]:
    return [float(y.mean()) for y in model.predict_stream(batches, prefetch=4, on_error="skip")]


def fits(model: weir.Model, limit: int) -> bool:
    plan: weir.Plan = model.plan(batch_size=1024)
    return plan.peak_bytes <= limit


def threads_in_use() -> int:
    return sum(device.threads for device in weir.devices())


def on_device(file: str) -> weir.Model:
    return weir.load_model(file, device=weir.Device(threads=1, memory_limit=2**26, mode="reserve"))


def reason(file: str) -> str:
    try:
        weir.compile(file, "out.weir")
    except weir.LimitError as error:
        memory_error: MemoryError = error
        return f"{error.code} {error.layer} {memory_error}"
    except weir.Error as error:
        return error.file
    return ""


def wrong(model: weir.Model) -> None:
    weir.load_model(3)  # type: ignore[arg-type]
    weir.load_model("digits.keras", thread=2)  # type: ignore[call-arg]
    weir.Device(threads="2")  # type: ignore[arg-type]
    model.plan().peak_bytes.upper()  # type: ignore[attr-defined]
    model.predict_strem([])  # type: ignore[attr-defined]
