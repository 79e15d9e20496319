"""Whether memory grows, decided by statistics: the judgement that `weir check` makes."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from weir import _core


@dataclasses.dataclass(frozen=True)
class Growth:
    """What a series of memory samples says."""

    kind: str  #: "level", "growth", "staircase" or, for too few samples, "unknown".
    bytes_per_step: float
    low: float  #: Confidence interval of `bytes_per_step`.
    high: float
    confidence: float
    steps_to_limit: float | None  #: From the last sample, where there is a limit and growth.
    text: str  #: In a sentence.

    @property
    def grows(self) -> bool:
        return self.kind in ("growth", "staircase")


def judge_growth(samples: Iterable[tuple[float, float]], *, confidence: float = 0.99,
                 limit: float | None = None) -> Growth:
    """Judges a series of (step, bytes), in the order of steps. A warm-up, a single jump and a
    sawtooth are no growth; a staircase is.

    >>> import weir
    >>> weir.judge_growth([(step, 1e6 + 512 * step) for step in range(1000)]).text[:19]
    'grows: 512 B a step'
    """
    return Growth(**_core.judge_growth(list(samples), confidence, limit))
