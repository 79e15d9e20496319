"""What every table is given: the models, the contender under test, and where records go."""
import dataclasses
import json
import pathlib
import sys

import numpy as np
from common import forms

import child
from weir import Weir

PEERS = pathlib.Path(__file__).with_name("peers.py")
TOLERANCE = 1e-3


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
    verified: dict = dataclasses.field(default_factory=dict)  # (peer, model) → None or why not.

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

    def interleaved(self, contenders, repeats=None):
        """(repeat, contender): all of them in turn, and a different one first each time."""
        for repeat in range(repeats or self.repeats):
            first = repeat % len(contenders)
            for contender in contenders[first:] + contenders[:first]:
                yield repeat, contender

    def peer(self, name, model, *extra, input=None):
        """Runs a peer in a process of its own: the process, its answer, or the reason for none."""
        reason = self.export_failure(name, model) or self.wrong_answers(name, model)
        if reason:
            return None, None, reason
        return self.run_peer(name, model, self.seconds, *extra, input=input)

    def run_peer(self, name, model, *extra, input=None):
        done = child.run([sys.executable, PEERS, name, self.models / model, self.threads, *extra],
                         input=input)
        reason = done.failure()
        return done, None if reason else json.loads(done.out.splitlines()[-1]), reason

    def wrong_answers(self, name, model):
        """Why a peer's numbers would mean nothing; looked at once, before it is measured."""
        verified = "OpenVINO" if name.startswith("OpenVINO") else name
        if verified == "bare interpreter":
            return None
        if (verified, model) not in self.verified:
            _, answer, reason = self.run_peer(verified, model, "verify")
            if answer and not answer["difference"] <= TOLERANCE:  # NaN is wrong too.
                reason = f"answers differ from Keras's by {answer['difference']:.2g} of the largest"
            self.verified[verified, model] = reason
        return self.verified[verified, model]

    def export_failure(self, peer, model):
        """Why the peer's form of the model could not be made."""
        if peer.startswith("Keras"):
            return None
        form = {"LiteRT": f"model-{self.batch(model)}.tflite",
                "OpenVINO": "openvino.xml"}.get(peer.split(",")[0], "model.onnx")
        record = forms.read_record(self.models / model, form)
        return None if record["way"] else f"no {form}: {forms.why_not(record)}"

    def batch(self, model):
        """Rows that the peers are given at a time."""
        return len(np.load(self.models / model / "batch.npy", mmap_mode="r"))
