"""`weir.Plan`: the memory that predicting takes."""
from __future__ import annotations

import dataclasses
from typing import Any

@dataclasses.dataclass(frozen=True)
class Plan:
    """The memory that predicting will take, known before the first step. Sizes are in bytes.

    Attributes:
        mode: how rows pass: "latency" (all threads in each step), "throughput" (each thread has rows
            of its own) or "whole" (a batch at a time: its samples depend on each other).
        mode_reason: why, in a sentence.
        batch_size: rows that are handed over at a time.
        micro_batch: rows that pass through a slice of the arena at a time.
        threads, arena_slices: in throughput mode each thread has a slice of its own.
        arena_bytes, lower_bound_bytes: activations and scratch, and the least that any placement
            could do with.
        weights, weights_bytes, weights_resident_bytes: "resident" or "stream", all packed weights,
            and the most of them in memory at a time.
        weights_dtype: what those of Dense layers and convolutions are kept as.
        packing_bytes: while a weight is packed, before the first step.
        pass_rows, stream_bytes: rows that a stream reads at a time, with their outputs.
        baseline_bytes: the process itself, before the model.
        peak_bytes: the most that the process is expected to have resident.
        tensors: a dict for each tensor of one slice: name, storage, offset, bytes, first_step,
            last_step.
    """

    mode: str
    mode_reason: str
    batch_size: int
    micro_batch: int
    threads: int
    pass_rows: int
    arena_slices: int
    arena_bytes: int
    lower_bound_bytes: int
    weights: str
    weights_dtype: str
    weights_bytes: int
    weights_resident_bytes: int
    packing_bytes: int
    stream_bytes: int
    baseline_bytes: int
    peak_bytes: int
    tensors: list[dict[str, Any]] = dataclasses.field(repr=False)
