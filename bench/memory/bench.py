"""What every table is given: the models, the contender under test, and where records go."""
import dataclasses
import json
import pathlib
import sys

import child
from weir import Weir

PEERS = pathlib.Path(__file__).with_name("peers.py")


@dataclasses.dataclass
class Bench:
    weir: Weir
    models: pathlib.Path
    threads: int
    repeats: int
    seconds: float  # Of steady state, for each measurement of throughput.
    quick: bool
    only_models: list | None = None
    records: list = dataclasses.field(default_factory=list)

    def chosen(self, models, quick):
        """The models of a table that this run is about."""
        return [name for name in (quick if self.quick else models)
                if self.only_models is None or name in self.only_models]

    def model(self, name):
        return self.models / name / "model.keras"

    def rows(self, name):
        """1,024 rows."""
        return self.models / name / "rows.npy"

    def few_rows(self, name):
        """64 rows."""
        return self.models / name / "few.npy"

    def add(self, table, unavailable, numbers, **row):
        """Either the numbers of a row or the reason why there are none."""
        record = {"table": table, **row}
        record.update({"unavailable": unavailable} if unavailable else numbers)
        self.records.append(record)
        print(json.dumps(record), file=sys.stderr, flush=True)

    def interleaved(self, contenders):
        """(repeat, contender): all of them in turn, and a different one first each time."""
        for repeat in range(self.repeats):
            first = repeat % len(contenders)
            for contender in contenders[first:] + contenders[:first]:
                yield repeat, contender

    def peer(self, name, model, *extra, input=None):
        """Runs a peer in a process of its own: its answer and the process, or the reason."""
        done = child.run([sys.executable, PEERS, name, self.models / model, self.threads,
                          self.seconds, *extra], input=input)
        reason = self.export_failure(name, model) or done.failure()
        return done, None if reason else json.loads(done.out.splitlines()[-1]), reason

    def export_failure(self, peer, model):
        """Why the peer's form of the model could not be made."""
        form = "tflite" if peer == "LiteRT" else "onnx"
        note = self.models / model / f"{form}.failed"
        if peer.startswith("Keras") or not note.exists():
            return None
        return f"no {form} form: {note.read_text()}"
