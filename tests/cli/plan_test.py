"""`weir plan`: the numbers are consistent with each other."""
import unittest

from program import FILE_NOISE, MODEL, SANITIZER, ProgramTest


class Plan(ProgramTest):
    def plan(self, *arguments):
        return self.succeeds("plan", *arguments, "--json").json()

    def test_peak_is_the_sum_of_its_parts(self):
        plan = self.plan(MODEL)
        parts = ("baseline_bytes", "weights_bytes", "arena_bytes", "stream_bytes")
        self.assertEqual(plan["peak_bytes"], sum(plan[part] for part in parts))
        self.assertIn(plan["mode"], ("latency", "throughput"))

    def test_arena_lies_between_its_bound_and_the_tensors_end(self):
        plan = self.plan(MODEL)
        ends = [tensor["offset"] + tensor["bytes"] for tensor in plan["tensors"]]
        self.assertLessEqual(max(ends), plan["arena_bytes"])
        self.assertLessEqual(plan["lower_bound_bytes"], plan["arena_bytes"])
        self.assertLessEqual(plan["arena_bytes"], 1.02 * plan["lower_bound_bytes"])

    def test_tensors_that_live_at_the_same_time_do_not_overlap(self):
        owners = [t for t in self.plan(MODEL)["tensors"] if t["storage"] in ("own", "scratch")]
        self.assertGreater(len(owners), 3)
        for i, a in enumerate(owners):
            for b in owners[i + 1:]:
                if a["last_step"] < b["first_step"] or b["last_step"] < a["first_step"]:
                    continue
                self.assertTrue(a["offset"] + a["bytes"] <= b["offset"] or
                                b["offset"] + b["bytes"] <= a["offset"], (a, b))

    def test_batch_size_costs_nothing(self):
        small, large = (self.plan(MODEL, "--batch-size", n) for n in (1, 4096))
        for part in ("mode", "micro_batch", "arena_bytes", "stream_bytes", "pass_rows"):
            self.assertEqual(small[part], large[part], part)

    def test_mode_and_micro_batch_can_be_chosen(self):
        for mode, slices in (("latency", 1), ("throughput", 2)):
            plan = self.plan(MODEL, "--threads", 2, "--mode", mode, "--micro-batch", 3)
            self.assertEqual((plan["mode"], plan["micro_batch"]), (mode, 3))
            self.assertEqual(plan["arena_slices"], slices)
            self.assertEqual(plan["pass_rows"] % (3 * slices), 0)

    def test_device_has_a_limit_of_its_own(self):
        plan = self.plan(MODEL, "--device", "threads=2,cores=0,memory=64MiB")
        self.assertEqual(plan["threads"], 2)
        self.fails(1, "plan", MODEL, "--device", "memory=4KiB",
                   saying=["for the device", "needs at least", "weights"])
        for wrong in ("speed=3", "threads=two", "policy=reserve", "cores=3-1"):
            self.fails(2, "plan", MODEL, "--device", wrong, saying=["--device"])

    @unittest.skipIf(SANITIZER, "a sanitizer's own memory moves by more than the arena")
    def test_memory_limit_makes_the_arena_smaller(self):
        self.golden("models", "free_spatial_shape")
        shape = ("--shape", "256,256,3", "--mode", "throughput", "--threads", "2")
        roomy = self.plan("model.keras", *shape)
        self.assertGreater(roomy["arena_bytes"], 8 * FILE_NOISE)
        limit = roomy["peak_bytes"] - roomy["arena_bytes"] // 2
        tight = self.plan("model.keras", *shape, "--memory-limit", limit)
        self.assertLess(tight["arena_bytes"], roomy["arena_bytes"])
        self.assertLessEqual(tight["peak_bytes"], limit)

    def test_free_axes_need_a_shape(self):
        self.golden("models", "free_spatial_shape")
        self.fails(1, "plan", "model.keras", saying=["model.keras", "free axes", "--shape"])
        shape = self.succeeds("summary", "model.keras",
                              "--json").json()["layers"][0]["output_shapes"][0]
        sizes = [",".join(str(size or free) for size in shape[1:]) for free in (16, 32)]
        small, large = (self.plan("model.keras", "--shape", size, "--micro-batch", "1")
                        for size in sizes)
        self.assertLess(small["arena_bytes"], large["arena_bytes"])

    def test_shape_of_an_input_that_is_not_there_is_an_error(self):
        self.golden("models", "free_spatial_shape")
        self.fails(1, "plan", "model.keras", "--shape", "nobody=8,8,3", saying=["nobody"])

    def test_shape_that_does_not_fit_is_an_error(self):
        self.fails(1, "plan", MODEL, "--shape", "8,8", saying=["8,8", "image", "(None, 8, 8, 1)"])

    def test_text_has_a_line_for_each_total(self):
        text = self.succeeds("plan", MODEL).out
        for word in ("mode", "micro-batch", "arena", "lower bound", "weights", "peak"):
            self.assertIn(word, text)


if __name__ == "__main__":
    unittest.main()
