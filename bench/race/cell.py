"""What is raced: a model, a batch size and a number of threads."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Cell:
    model: str
    batch: int
    threads: int

    def __str__(self):
        return f"{self.model}, batch {self.batch}, {self.threads} thread" + "s" * (self.threads > 1)
