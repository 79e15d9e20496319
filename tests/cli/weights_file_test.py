"""An architecture JSON with a file of its weights: `--weights FILE`."""
import json
import shutil
import unittest

import npy
from program import MODEL, ROOT, ProgramTest

MODELS = ROOT / "tests" / "keras" / "models"
KERAS3 = MODELS / "architecture_keras3.json"
KERAS2 = MODELS / "architecture_keras2.json"
RENUMBERED = MODELS / "architecture_renumbered.json"
STRAIGHT = MODELS / "sequential_keras3.keras"
LARGER = MODELS / "larger.weights.h5"
SHARDS = sorted(MODELS.glob("architecture_keras3_*.weights.h5"))
ROWS = 5
INPUTS = ("--input", "left=left.npy", "--input", "right=right.npy")


class WeightsFile(ProgramTest):
    def setUp(self):
        super().setUp()
        for name, start in (("left", -4), ("right", 3)):
            values = [start + i / 8 for i in range(3 * ROWS)]
            npy.write(self.folder / f"{name}.npy", npy.Array((ROWS, 3), "<f4", values))

    def asked(self, model, *options):
        """The file with the three outputs of the branched model."""
        self.succeeds("predict", model, *INPUTS, "--output", "y.npz", *options)
        return (self.folder / "y.npz").read_bytes()

    def refuses(self, architecture, weights, *saying):
        self.fails(1, "predict", architecture, "--weights", weights, *INPUTS,
                   "--output", "y.npz", saying=saying)
        self.assertFalse((self.folder / "y.npz").exists())

    def split_weights(self):
        """A copy of the list and of its parts, to be damaged."""
        for path in (*SHARDS, MODELS / "architecture_keras3.weights.json"):
            shutil.copy(path, self.folder)
        return self.folder / "architecture_keras3.weights.json"

    def list_of(self, *parts):
        text = json.dumps({"weight_map": {"/layers/dense/vars": parts} if parts else {}})
        (self.folder / "list.weights.json").write_text(text)
        return "list.weights.json"

    def test_every_kind_gives_the_same_bits_as_the_whole_model(self):
        for architecture, whole, kinds in (
                (KERAS3, "branched_keras3.keras", (".weights.h5", ".weights.json")),
                (KERAS2, "branched_keras2.h5", (".weights.h5", ".h5"))):
            expected = self.asked(MODELS / whole)
            for kind in kinds:
                weights = architecture.with_suffix(kind)
                self.assertEqual(self.asked(architecture, "--weights", weights), expected, weights)

    def test_weights_of_a_whole_model_do_as_well(self):
        whole = MODELS / "branched_keras2.h5"
        self.assertEqual(self.asked(KERAS2, "--weights", whole), self.asked(whole))

    def test_weights_of_one_version_go_with_the_architecture_of_the_other(self):
        whole = self.asked(MODELS / "branched_keras3.keras")
        self.assertEqual(self.asked(KERAS3, "--weights", KERAS2.with_suffix(".h5")), whole)

    def test_plan_and_check_take_it_too(self):
        weights = KERAS3.with_suffix(".weights.json")
        plan = self.succeeds("plan", KERAS3, "--weights", weights, "--json").json()
        whole = self.succeeds("plan", MODELS / "branched_keras3.keras", "--json").json()
        self.assertEqual(plan["weights_bytes"], whole["weights_bytes"])
        self.succeeds("check", KERAS3, "--weights", weights, "--steps", "200")

    def test_architecture_alone_tells_how_to_give_weights(self):
        self.fails(1, "predict", KERAS3, *INPUTS, "--output", "y.npz", saying=["architecture_keras3.json", "--weights"])

    def test_whole_model_takes_others_in_place_of_its_own(self):
        """Those of the branched model that Keras 2 saved have the same numbers."""
        for whole, weights in ((MODELS / "branched_keras2.h5", KERAS2.with_suffix(".weights.h5")),
                               (MODELS / "branched_keras3.keras", KERAS3.with_suffix(".weights.h5"))):
            self.assertEqual(self.asked(whole, "--weights", weights), self.asked(whole))

    def test_packed_weights_are_not_taken_for_those_of_the_file(self):
        self.succeeds("compile", STRAIGHT, "--output", "m.weir")
        npy.write(self.folder / "x.npy", npy.Array((1, 5), "<f4", [1, 2, 3, 4, 5]))
        answers = []
        for model in (STRAIGHT, "m.weir"):
            self.succeeds("predict", model, "--weights", LARGER, "--input", "x.npy",
                          "--output", "y.npy")
            answers.append(npy.read(self.folder / "y.npy").values)
        self.succeeds("predict", STRAIGHT, "--input", "x.npy", "--output", "y.npy")
        self.assertEqual(answers[0], answers[1])
        self.assertNotEqual(answers[0], npy.read(self.folder / "y.npy").values)

    def test_file_and_mode_may_be_given_together(self):
        weights = KERAS3.with_suffix(".weights.json")
        self.assertEqual(self.asked(KERAS3, "--weights", weights, "--weights", "stream"),
                         self.asked(MODELS / "branched_keras3.keras"))
        self.fails(1, "plan", KERAS3, "--weights", weights, "--weights", weights,
                   saying=["two files"])

    def test_layers_that_were_numbered_anew_take_weights_in_their_order(self):
        summary = self.succeeds("summary", RENUMBERED, "--weights", RENUMBERED.with_suffix(".h5"),
                                "--json").json()
        self.assertEqual([layer["parameters"] for layer in summary["layers"]], [0, 16, 16, 20, 10])

    def test_sizes_that_differ_are_named_with_their_layer(self):
        self.refuses_plan(STRAIGHT, MODELS / "wider.weights.h5", "layer 'first'", "(5, 6)", "(5, 4)",
                          "wider.weights.h5")
        self.refuses_plan(RENUMBERED, MODELS / "wider.h5", "layer 'dense_1'", "(4, 5)", "(4, 4)",
                          "wider.h5")

    def refuses_plan(self, model, weights, *saying):
        self.fails(1, "plan", model, "--weights", weights, saying=saying)

    def test_weights_of_another_architecture_are_refused(self):
        self.refuses(KERAS3, MODELS / "sequential_keras2.h5", "belong to no layer")
        self.refuses(KERAS2, MODELS / "chain.h5", "dense_number_0", "belong to no layer")

    def test_part_that_is_missing_is_named(self):
        for part in SHARDS:
            weights = self.split_weights()
            (self.folder / part.name).unlink()
            self.refuses(KERAS3, weights, part.name)

    def test_part_that_is_left_out_of_the_list_is_missed(self):
        weights = self.split_weights()
        listed = json.loads(weights.read_text())
        del listed["weight_map"]["/layers/dense_1/vars"]
        weights.write_text(json.dumps(listed))
        self.refuses(KERAS3, weights, "end", "weight")

    def test_part_that_is_damaged_is_named(self):
        weights = self.split_weights()
        part = self.folder / SHARDS[1].name
        part.write_bytes(part.read_bytes()[:300])
        self.refuses(KERAS3, weights, part.name)
        part.write_bytes(b"{}")
        self.refuses(KERAS3, weights, part.name)
        shutil.copy(SHARDS[0], part)  # The variables of the first part come twice.
        self.refuses(KERAS3, weights, "hidden")

    def test_list_leads_to_no_other_folder(self):
        (self.folder / "inner").mkdir()
        shutil.copy(SHARDS[0], self.folder / "inner")
        for name in (f"inner/{SHARDS[0].name}", "../w.weights.h5", "/etc/passwd", "..", "",
                     "c:\\w.h5", 7, None, ["w.h5"]):
            self.refuses(KERAS3, self.list_of(name), "list.weights.json", "no name")

    def test_list_that_is_none_is_refused(self):
        for text in ("{", "{}", '{"weight_map": 3}', '{"weight_map": {"/a": 3}}',
                     '{"weight_map": {}}', "[" * 100_000):
            (self.folder / "list.weights.json").write_text(text)
            self.refuses(KERAS3, "list.weights.json", "list.weights.json")

    def test_model_without_weights_has_an_empty_list(self):
        layer = {"batch_shape": [None, 3], "dtype": "float32", "name": "x"}
        (self.folder / "model.json").write_text(json.dumps({
            "class_name": "Sequential", "config": {"name": "plain", "layers": [
                {"class_name": "InputLayer", "config": layer},
                {"class_name": "ReLU", "config": {"name": "relu"}}]}}))
        self.succeeds("predict", "model.json", "--weights", self.list_of(), "--input", "left.npy",
                      "--output", "y.npy")
        self.assertEqual(npy.read(self.folder / "y.npy").shape, (ROWS, 3))

    def test_list_of_too_many_parts_is_refused(self):
        parts = self.list_of(*[f"{i}.weights.h5" for i in range(5000)])
        self.refuses(KERAS3, parts, "5000 files of weights")

    def test_other_files_are_no_weights(self):
        (self.folder / "text").write_text("no weights")
        (self.folder / "empty").write_bytes(b"")
        for name in ("text", "empty"):
            self.refuses(KERAS3, name, name, "neither HDF5 nor")
        self.fails(2, "predict", KERAS3, "--weights", "gone.weights.h5", "--input", "x.npy",
                   "--output", "y.npy", saying=["gone.weights.h5"])

    def test_is_compiled_into_one_file(self):
        for architecture, kind in ((KERAS3, ".weights.h5"), (KERAS3, ".weights.json"),
                                   (KERAS2, ".h5")):
            self.succeeds("compile", architecture, "--weights", architecture.with_suffix(kind),
                          "--output", "m.weir")
            self.succeeds("check", "m.weir", "--steps", "50")
            self.assertEqual(self.asked("m.weir"), self.asked(MODELS / "branched_keras3.keras"))

    def test_others_are_compiled_in_place_of_the_models_own(self):
        npy.write(self.folder / "x.npy", npy.Array((1, 5), "<f4", [1, 2, 3, 4, 5]))
        self.succeeds("compile", STRAIGHT, "--weights", LARGER, "--output", "m.weir")
        answers = []
        for model in ((STRAIGHT, "--weights", LARGER), ("m.weir",), (STRAIGHT,)):
            self.succeeds("predict", *model, "--input", "x.npy", "--output", "y.npy")
            answers.append(npy.read(self.folder / "y.npy").values)
        self.assertEqual(answers[0], answers[1])
        self.assertNotEqual(answers[0], answers[2])

    def test_architecture_alone_is_not_compiled(self):
        self.fails(1, "compile", KERAS3, "--output", "m.weir", saying=["no weights"])


if __name__ == "__main__":
    unittest.main()
