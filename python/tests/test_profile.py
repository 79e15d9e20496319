"""`weir.profile` and pytest-weir: who keeps what is named."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import urllib.request
import warnings

import numpy as np

import weir

MODEL = pathlib.Path(__file__).resolve().parents[2] / "examples" / "digits" / "digits.keras"


class KeepTenth:
    def __init__(self):
        self.kept = []

    def on_predict_batch_end(self, number, logs):
        if number % 10 == 0:
            self.kept.append(logs["outputs"])


class Profile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.model = weir.load_model(MODEL, threads=2)
        cls.batch = np.zeros((32, 8, 8, 1), "float32")

    def test_it_counts_the_steps_between_its_ends(self):
        self.model.predict_on_batch(self.batch)
        with weir.profile() as profile:
            for _ in range(50):
                self.model.predict_on_batch(self.batch)
        self.model.predict_on_batch(self.batch)
        found = profile.to_dict()
        self.assertEqual(found["run"]["steps"], 50)
        self.assertEqual(found["run"]["rows"], 50 * 32)
        self.assertTrue(found["run"]["finished"])
        self.assertIn("conv2d_3", [layer["name"] for layer in found["layers"]])

    def test_models_made_meanwhile_are_seen(self):
        with weir.profile() as profile:
            weir.load_model(MODEL)(self.batch)
        self.assertEqual(profile.to_dict()["run"]["steps"], 1)

    def test_the_callback_that_keeps_is_named(self):
        callback = KeepTenth()
        with weir.profile() as profile, warnings.catch_warnings():
            warnings.simplefilter("ignore", weir.RetentionWarning)
            self.model.predict(np.zeros((32 * 600, 8, 8, 1), "float32"), callbacks=[callback],
                               verbose=0)
        retained = profile.to_dict()["retained"]
        self.assertEqual(retained[0]["holder"], "callback KeepTenth.kept")
        self.assertEqual(retained[0]["outputs"], 60)
        self.assertEqual(retained[0]["bytes"], 60 * 32 * 10 * 4)

    def test_the_queue_of_a_source_is_named(self):
        def rows():
            pending = []
            for _ in range(400):
                pending += [np.ones((32, 8, 8, 1), "float32") for _ in range(6)]
                yield pending.pop()

        with weir.profile() as profile:
            for _ in self.model.predict_stream(rows()):
                pass
        found = profile.to_dict()
        holders = [one["holder"] for one in found["retained"]]
        self.assertIn("the source (rows: pending)", holders)

    def test_what_the_loop_keeps_is_named(self):
        with weir.profile() as profile:
            kept = list(self.model.predict_stream(np.zeros((32 * 300, 8, 8, 1), "float32")))
        self.assertEqual(len(kept), 300)
        holders = [one["holder"] for one in profile.to_dict()["retained"]]
        self.assertIn("the loop over predict_stream", holders)

    def test_reports_are_written_in_every_format(self):
        with weir.profile() as profile:
            for _ in range(20):
                self.model(self.batch)
        self.assertIn("program and libraries", str(profile))
        with tempfile.TemporaryDirectory() as folder:
            for ending in ("json", "svg", "folded", "txt", "html"):
                path = pathlib.Path(folder) / f"report.{ending}"
                profile.report(path)
                self.assertGreater(path.stat().st_size, 100)
            profile.report(path, compare=profile)
            self.assertIn("other-profile", path.read_text())
            with self.assertRaises(ValueError):
                profile.report(path, format="pdf")

    def test_metrics_are_served(self):
        with weir.profile() as profile:
            self.model(self.batch)
            port = profile.serve_metrics()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                text = answer.read().decode()
        self.assertIn("weir_steps_total 1\n", text)
        self.assertIn('weir_memory_owner_bytes{owner="packed weights"}', text)

    def test_metrics_are_called_back_under_opentelemetrys_names(self):
        metrics = []
        with weir.profile() as profile:
            self.model(self.batch)
            profile.each_metric(metrics.append)
        by_name = {metric.name: metric for metric in metrics}
        self.assertEqual(by_name["weir.steps"].value, 1)
        self.assertEqual(by_name["weir.process.memory.resident"].unit, "By")
        self.assertEqual(sum(count for _, count in by_name["weir.step.duration"].buckets), 1)
        owners = [m for m in metrics if m.name == "weir.memory.owner"]
        self.assertIn({"owner": "packed weights"}, [m.attributes for m in owners])
        self.assertEqual(by_name["weir.memory.growing"].buckets, None)

    def test_only_one_is_on(self):
        with weir.profile(), self.assertRaises(RuntimeError):
            weir.profile().__enter__()

    def test_growth_is_judged_of_any_series(self):
        self.assertTrue(weir.judge_growth([(i, 1e6 + 1000 * i) for i in range(500)]).grows)
        self.assertEqual(weir.judge_growth([(i, 1e6) for i in range(500)]).kind, "level")


TESTS = '''
import pytest

class App:
    history = []

kept = []

@pytest.mark.no_growth(steps=300)
def test_level():
    bytearray(100_000)

@pytest.mark.no_growth(steps=300)
def test_grows():
    kept.append(b"x" * 20_000)

@pytest.mark.no_growth(steps=300)
def test_attribute():
    App.history.append(b"x" * 20_000)

@pytest.mark.limit_memory("50 MiB")
def test_small():
    bytearray(10 << 20)

@pytest.mark.limit_memory("50 MiB")
def test_large():
    bytearray(100 << 20)
'''


class Plugin(unittest.TestCase):
    def test_it_passes_and_fails_as_it_should(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "test_memory.py"
            path.write_text(TESTS)
            run = subprocess.run([sys.executable, "-B", "-m", "pytest", "-q", "-p",
                                  "weir.pytest_plugin", "-p", "no:cacheprovider", path],
                                 capture_output=True, text=True, cwd=folder,
                                 # Where the package is installed, pytest would load it twice.
                                 env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
        self.assertIn("3 failed, 2 passed", run.stdout, run.stdout + run.stderr)
        self.assertRegex(run.stdout, r"memory grows: .* the list 'kept' of module test_memory grows")
        self.assertRegex(run.stdout, r"the list 'App.history' grows most")
        self.assertRegex(run.stdout, r"took (99|10\d)\.\d MiB at its peak, its limit is 50\.0 MiB")


if __name__ == "__main__":
    unittest.main()
