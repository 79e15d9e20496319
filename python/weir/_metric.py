"""Measurements as OpenTelemetry's conventions name them."""
from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Metric:
    """One measurement, ready for any exporter."""

    name: str  #: As OpenTelemetry writes names: "weir.process.memory.resident".
    kind: str  #: "counter", "gauge" or "histogram".
    unit: str  #: In UCUM: "By", "s", "{step}".
    description: str
    attributes: dict[str, str]  #: What tells it from others of its name: {"owner": "arena"}.
    value: float  #: Of a histogram the sum of all values.
    #: Of a histogram: each bucket's upper end (the last one's is infinite) and how many values lie
    #: in it.
    buckets: list[tuple[float, int]] | None = None
