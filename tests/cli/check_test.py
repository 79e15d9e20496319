"""`weir check`: level where memory is level, and 'grows' where it is not."""
import os
import unittest

from program import DIGITS, MODEL, SANITIZER, ProgramTest

LEAKING_CLOCK = os.environ["WEIR_LEAKING_CLOCK"]
STEPS = 300 if SANITIZER else 3000


def leaking(**settings):
    # A sanitizer's library wants to be first; the preloaded one is. And what was given back is not
    # to wait in its quarantine, which would be growth.
    options = "verify_asan_link_order=0:quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
    return {"LD_PRELOAD": LEAKING_CLOCK, "ASAN_OPTIONS": options, **settings}


class Check(ProgramTest):
    def check(self, *arguments, code=0, env=None):
        result = self.weir("check", *arguments, "--json", env=env)
        self.assertEqual(result.code, code, result.err)
        return result.json()

    def test_models_allocate_nothing_and_are_level(self):
        for model in (DIGITS / "dense.keras", MODEL):
            for threads in (1, 2):
                found = self.check(model, "--steps", STEPS, "--threads", threads)
                self.assertEqual(found["allocations_per_step"], 0, model)
                self.assertEqual(found["verdict"], "level")
                self.assertEqual(found["steps"], STEPS)
                low, high = found["slope_interval"]
                self.assertLessEqual(low, found["slope_bytes_per_step"])
                self.assertLessEqual(found["slope_bytes_per_step"], high)

    def test_rounded_weights_are_said_to_cost_accuracy(self):
        self.assertNotIn("rounding", self.check(MODEL, "--steps", 3))
        typical = {}
        for dtype in ("bfloat16", "int8"):
            found = self.check(MODEL, "--steps", 20, "--weights-dtype", dtype)
            self.assertEqual(found["allocations_per_step"], 0)
            rounding = found["rounding"]
            self.assertEqual(rounding["weights_dtype"], dtype)
            self.assertLess(0, rounding["typical"])
            self.assertLessEqual(rounding["typical"], rounding["largest"])
            self.assertLess(rounding["largest"], 0.05)
            typical[dtype] = rounding["typical"]
        self.assertLess(typical["bfloat16"], typical["int8"])
        result = self.weir("check", MODEL, "--steps", 3, "--weights-dtype", "int8")
        self.assertRegex(result.out, r"rounding +int8 weights .* at most 0\.\d+ %")

    def test_large_batches_allocate_nothing(self):
        found = self.check(MODEL, "--steps", 20, "--batch-size", 100)
        self.assertEqual(found["allocations_per_step"], 0)

    def test_every_allocation_is_seen(self):
        found = self.check(DIGITS / "dense.keras", "--steps", STEPS,
                           env=leaking(LEAKING_CLOCK_ALLOCATES="1"))
        self.assertGreaterEqual(found["allocations_per_step"], 1)
        self.assertEqual(found["verdict"], "level")

    def test_growing_memory_is_code_3_and_measured(self):
        found = self.check(DIGITS / "dense.keras", "--steps", STEPS, code=3,
                           env=leaking(LEAKING_CLOCK_PAGES="1"))
        self.assertEqual(found["verdict"], "grows")
        page = os.sysconf("SC_PAGESIZE")
        self.assertGreater(found["slope_interval"][0], 0.5 * page)
        if SANITIZER != "thread":  # Which keeps four bytes beside each, and never gives them back.
            self.assertLess(found["slope_bytes_per_step"], 2.5 * page)

    def test_growing_memory_is_said_in_text(self):
        result = self.weir("check", DIGITS / "dense.keras", "--steps", STEPS,
                           env=leaking(LEAKING_CLOCK_PAGES="1"))
        self.assertEqual(result.code, 3)
        self.assertRegex(result.out, r"verdict +grows")

    def test_seconds_end_it(self):
        found = self.check(MODEL, "--seconds", "0.2")
        self.assertLess(found["steps"], 100_000)
        self.assertGreater(found["steps"], 0)


if __name__ == "__main__":
    unittest.main()
