"""Runs programs with the tracer preloaded, and reads what it writes."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

TRACER = os.environ["WEIR_TRACER"]
SCENARIO = os.environ["WEIR_SCENARIO"]
PLUGIN = os.environ["WEIR_PLUGIN"]
TIMEOUT = 240


class Trace:
    """The records of one process, by type; of the sites those of the last dump."""

    def __init__(self, path):
        self.records = [json.loads(line) for line in path.read_text().splitlines()]
        self.modules = {r["module"]: r["path"] for r in self.of("module")}
        dumps = self.of("dump")
        self.sites = [r for r in self.of("site") if dumps and r["dump"] == dumps[-1]["dump"]]

    def of(self, kind):
        return [r for r in self.records if r["type"] == kind]

    def last(self, kind):
        return self.of(kind)[-1]

    def dumped_before_end(self):
        """The sites of the dump that the program asked for, not those of its end."""
        return [r for r in self.of("site") if r["dump"] == 1]

    def module_paths(self, site):
        return [self.modules.get(module, "") for module, _ in site["stack"]]


class TracedTest(unittest.TestCase):
    """Each test has a folder of its own for its records."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="weir-tracer-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def environment(self, out="trace.jsonl", **settings):
        return {**os.environ, "LD_PRELOAD": TRACER, "WEIR_TRACE_OUT": str(self.folder / out),
                **settings}

    def run_traced(self, *command, **settings):
        return subprocess.run(list(map(str, command)), env=self.environment(**settings),
                              capture_output=True, timeout=TIMEOUT, cwd=self.folder)

    def trace(self, *command, code=0, **settings):
        done = self.run_traced(*command, **settings)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return self.read()

    def read(self, name="trace.jsonl"):
        return Trace(self.folder / name)

    def live(self, trace, size):
        """Bytes in blocks that are all `size` large, in the dump the program asked for."""
        return sum(site["live_bytes"] for site in trace.dumped_before_end()
                   if site["kind"] == "heap" and site["live_bytes"] == size * site["live_count"])
