"""`weir tune`: measures, chooses, and keeps the choice where `predict` finds it."""
import json
import shutil
import unittest

from program import IMAGES, MODEL, ProgramTest

QUICK = ("--threads", "2", "--seconds", "0.002", "--most-rows", "4")


class Tune(ProgramTest):
    def setUp(self):
        super().setUp()
        shutil.copy(MODEL, self.folder / "m.keras")

    def plan(self, *arguments):
        return self.succeeds("plan", "m.keras", "--threads", "2", *arguments, "--json").json()

    def save(self, **changes):
        """What `tune --save` would have kept, with a choice that no estimate makes."""
        self.succeeds("tune", "m.keras", *QUICK, "--save")
        path = self.folder / "m.keras.tune.json"
        kept = json.loads(path.read_text())
        kept.update({"mode": "latency", "micro_batch": 3, **changes})
        path.write_text(json.dumps(kept))

    def test_every_candidate_is_measured_and_one_is_chosen(self):
        found = self.succeeds("tune", "m.keras", *QUICK, "--json").json()["candidates"]
        kinds = [(one["mode"], one["micro_batch"]) for one in found]
        self.assertEqual(kinds, [("latency", 1), ("latency", 2), ("latency", 4),
                                 ("throughput", 1), ("throughput", 2)])
        self.assertEqual(sum(one["chosen"] for one in found), 1)
        for one in found:
            self.assertGreater(one["samples_per_second"], 0)
            beaten = any(other["samples_per_second"] > one["samples_per_second"] and
                         other["peak_bytes"] <= one["peak_bytes"] for other in found)
            self.assertEqual(one["pareto"], not beaten, one)
        self.assert_only("m.keras")

    def test_text_has_a_table_and_a_plot(self):
        text = self.succeeds("tune", "m.keras", *QUICK).out
        for words in ("Mode", "Samples/s", "Peak memory", "* chosen", "samples/s\n", "+---", "@"):
            self.assertIn(words, text)

    def test_what_is_saved_is_used(self):
        estimated = self.plan()
        self.save()
        plan = self.plan()
        self.assertEqual((plan["mode"], plan["micro_batch"]), ("latency", 3))
        self.assertNotEqual((estimated["mode"], estimated["micro_batch"]), ("latency", 3))
        self.succeeds("predict", "m.keras", "--input", IMAGES, "--output", "tuned.npy")
        self.assertEqual(self.plan("--mode", "throughput")["mode"], "throughput")

    def test_what_was_saved_for_others_is_not_used(self):
        estimated = self.plan()
        for other in ({"threads": 1}, {"model": "123-45678901"}, {"machine": "a typewriter"},
                      {"version": 2}):
            self.save(**other)
            self.assertEqual(self.plan()["micro_batch"], estimated["micro_batch"], other)

    def test_file_that_is_no_tuning_is_an_error_that_names_it(self):
        for text in ("", "[]", '{"version": 1}', "\0\1"):
            (self.folder / "m.keras.tune.json").write_text(text)
            self.fails(1, "plan", "m.keras", saying=["m.keras.tune.json", "tune again"])
        self.save(mode="sideways")
        self.fails(1, "plan", "m.keras", saying=["m.keras.tune.json"])
        self.save(micro_batch=0)
        self.fails(1, "plan", "m.keras", saying=["m.keras.tune.json"])

    def test_limit_that_nothing_fits_is_refused(self):
        self.fails(1, "tune", "m.keras", *QUICK, "--memory-limit", "1MiB",
                   saying=["m.keras", "at least"])


if __name__ == "__main__":
    unittest.main()
