"""The progress bar of a prediction: tqdm's, in a terminal and in notebooks."""
from __future__ import annotations

import sys
from typing import Any

# A prediction that is done before is not worth a bar.
_DELAY_SECONDS = 0.5


def is_shown(verbose: Any) -> bool:
    """Whether `verbose` asks for a bar: "auto" where somebody looks at it, 0 never, else always."""
    if verbose == "auto":
        return "ipykernel" in sys.modules or (sys.stderr is not None and sys.stderr.isatty())
    return verbose not in (0, False, None)


class Progress:
    """A bar over rows; `total` is None where it is not known.

    tqdm is loaded only once there is a bar to show, for that takes longer than most predictions.
    """

    def __init__(self, verbose: Any, total: int | None) -> None:
        self._bar: Any = None
        if is_shown(verbose):
            from tqdm.auto import tqdm

            # 2 is Keras's "a line at the end".
            delay = _DELAY_SECONDS if verbose == "auto" else 0
            self._bar = tqdm(total=total, unit="row", unit_scale=True, delay=delay, leave=True,
                             mininterval=3600 if verbose == 2 else 0.1)

    def add(self, rows: int) -> None:
        if self._bar is not None:
            self._bar.update(rows)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
