"""The program under test, by its command line alone."""
import dataclasses
import json
import pathlib
import re

import child

UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "KB": 10**3, "MB": 10**6, "GB": 10**9}
NO_STEP_LIMIT = 10**9
NO_TIME_LIMIT = 10**6


def bytes_of(text):
    """'7MiB' or '33.5 MB' in bytes, up to the next whole one."""
    number, unit = re.fullmatch(r"([\d.]+)\s*([KMG]?i?B)", text).groups()
    return int(-(-float(number) * UNITS[unit] // 1))


@dataclasses.dataclass
class Weir:
    program: pathlib.Path
    threads: int
    work: pathlib.Path  # A folder for outputs.

    def run(self, *arguments, **options):
        return child.run([self.program, *arguments], **options)

    def predict(self, model, rows, *options, limit=None):
        output = self.work / "out.npy"
        if limit is not None:
            options = (*options, "--memory-limit", limit)
        done = self.run("predict", model, "--input", rows, "--output", output, "--threads",
                        self.threads, "--progress", "never", *options, limit=limit)
        output.unlink(missing_ok=True)
        return done

    def plan(self, model, *options):
        """The plan as JSON, or the reason why there is none."""
        done = self.run("plan", model, "--json", "--threads", self.threads, *options)
        reason = done.failure()
        return (None, reason) if reason else (json.loads(done.out), None)

    def check(self, model, *options, steps=NO_STEP_LIMIT, seconds=NO_TIME_LIMIT):
        """What `check` found. Code 3 is a finding too: memory grows."""
        done = self.run("check", model, "--json", "--threads", self.threads, "--steps", steps,
                        "--seconds", seconds, *options)
        if done.code == 3:
            done.code = 0
        reason = done.failure()
        return (None, reason) if reason else (json.loads(done.out), None)

    def smallest_limit(self, model, *options):
        """As the refusal of an impossible limit names it."""
        _, reason = self.plan(model, "--memory-limit", "1KiB", *options)
        found = re.search(r"at least ([\d.]+ ?[KMG]?i?B)", reason or "")
        return bytes_of(found[1]) if found else None
