"""How long a race goes on."""
import dataclasses
import time


@dataclasses.dataclass(frozen=True)
class Effort:
    """How many turns each contender gets in a cell, and of how many seconds: more of them where
    that takes few seconds in all, for others on the machine disturb some of them."""

    rounds: int
    most_rounds: int
    seconds: float
    cell_seconds: float

    def more(self, rounds, since):
        """Whether there is to be another round after so many, which began at `since`."""
        soon = time.monotonic() - since < self.cell_seconds
        return rounds < self.rounds or (soon and rounds < self.most_rounds)
