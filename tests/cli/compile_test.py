"""`weir compile` and `--weights stream`: the same answers, from other memory."""
import unittest

from program import IMAGES, MODEL, ProgramTest


class Compile(ProgramTest):
    def prediction(self, model, *arguments):
        self.succeeds("predict", model, "--input", IMAGES, "--output", "out.npy", *arguments)
        return (self.folder / "out.npy").read_bytes()

    def test_compiled_model_predicts_the_same_bytes(self):
        self.succeeds("compile", MODEL, "-o", "m.weir")
        expected = self.prediction(MODEL)
        for mode in ("resident", "stream"):
            self.assertEqual(self.prediction("m.weir", "--weights", mode), expected, mode)
            self.assertEqual(self.prediction(MODEL, "--weights", mode), expected, mode)

    def test_compiled_model_is_summarised_and_planned_as_the_keras_file(self):
        self.succeeds("compile", MODEL, "-o", "m.weir")
        self.assertEqual(self.succeeds("summary", "m.weir").out,
                         self.succeeds("summary", MODEL).out)
        compiled, original = (self.succeeds("plan", model, "--json").json()
                              for model in ("m.weir", MODEL))
        for total in ("weights_bytes", "arena_bytes", "stream_bytes", "micro_batch", "tensors"):
            self.assertEqual(compiled[total], original[total])

    def test_same_model_makes_the_same_bytes(self):
        for name in ("a.weir", "b.weir"):
            self.succeeds("compile", MODEL, "-o", name)
        self.assertEqual(*((self.folder / name).read_bytes() for name in ("a.weir", "b.weir")))

    def test_compiled_model_leaves_no_file_when_it_cannot_be_written(self):
        self.fails(1, "compile", MODEL, "-o", "nowhere/m.weir", saying=["nowhere"])
        self.fails(1, "compile", "nothing.keras", "-o", "m.weir", saying=["nothing.keras"])
        self.assert_only()

    def test_free_axes_need_a_shape(self):
        self.golden("models", "free_spatial_shape")
        self.fails(1, "compile", "model.keras", "-o", "m.weir", saying=["free axes", "--shape"])
        self.succeeds("compile", "model.keras", "-o", "m.weir", "--shape", "16,16,3")
        self.succeeds("plan", "m.weir", "--shape", "32,32,3")

    def test_check_finds_what_loading_does_not_look_at(self):
        self.succeeds("compile", MODEL, "-o", "m.weir")
        self.succeeds("check", "m.weir", "--steps", 10)
        path = self.folder / "m.weir"
        data = bytearray(path.read_bytes())
        data[-100] ^= 1
        path.write_bytes(data)
        self.succeeds("plan", "m.weir")
        self.fails(1, "check", "m.weir", "--steps", 10, saying=["m.weir", "wrong checksum"])

    def test_streamed_weights_are_planned_by_their_largest_part(self):
        resident, streamed = (self.succeeds("plan", MODEL, "--weights", mode, "--json").json()
                              for mode in ("resident", "stream"))
        self.assertEqual(resident["weights_resident_bytes"], resident["weights_bytes"])
        self.assertLess(streamed["weights_resident_bytes"], streamed["weights_bytes"])
        self.assertIn("streamed", self.succeeds("plan", MODEL, "--weights", "stream").out)

    def test_unknown_mode_is_wrong_usage(self):
        self.fails(2, "plan", MODEL, "--weights", "sometimes")

    def test_rounded_weights_are_planned_smaller_and_compiled(self):
        exact, rounded = (self.succeeds("plan", MODEL, "--weights-dtype", dtype, "--json").json()
                          for dtype in ("float32", "int8"))
        self.assertLess(rounded["weights_bytes"], 0.4 * exact["weights_bytes"])
        self.assertIn("as int8", self.succeeds("plan", MODEL, "--weights-dtype", "int8").out)
        options = ("--weights-dtype", "int8")
        self.succeeds("compile", MODEL, "--output", "m.weir", *options)
        self.assertEqual(self.prediction("m.weir", *options), self.prediction(MODEL, *options))
        self.fails(2, "plan", MODEL, "--weights-dtype", "float16")


if __name__ == "__main__":
    unittest.main()
