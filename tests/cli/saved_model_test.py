"""SavedModel folders of Keras 2, and ZIPs of them, given like files."""
import shutil
import unittest
import zipfile

import npy
from program import ROOT, ProgramTest

MODELS = ROOT / "tests" / "keras" / "models"
FOLDER = MODELS / "saved_model_keras2"
SHARD = "variables/variables.data-00000-of-00001"
INPUTS = ("--input", "left=left.npy", "--input", "right=right.npy")


class SavedModel(ProgramTest):
    def setUp(self):
        super().setUp()
        for name, start in (("left", -4), ("right", 3)):
            values = [start + i / 8 for i in range(15)]
            npy.write(self.folder / f"{name}.npy", npy.Array((5, 3), "<f4", values))
        shutil.copytree(FOLDER, self.folder / "model")

    def asked(self, model):
        self.succeeds("predict", model, *INPUTS, "--output", "y.npz")
        return (self.folder / "y.npz").read_bytes()

    def refuses(self, model, *saying):
        self.fails(1, "predict", model, *INPUTS, "--output", "y.npz", saying=saying)

    def test_gives_the_same_bits_as_the_file_of_the_same_model(self):
        expected = self.asked(MODELS / "branched_keras2.h5")
        self.assertEqual(self.asked("model"), expected)
        self.assertEqual(self.asked("model/"), expected)

    def test_may_be_packed_with_its_folder_or_without(self):
        for prefix in ("", "model/"):
            with zipfile.ZipFile(self.folder / "m.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                for path in (self.folder / "model").rglob("*.*"):
                    archive.write(path, prefix + str(path.relative_to(self.folder / "model")))
            self.assertEqual(self.asked("m.zip"), self.asked("model"))

    def test_summary_names_its_layers(self):
        summary = self.succeeds("summary", "model", "--json").json()
        whole = self.succeeds("summary", MODELS / "branched_keras2.h5", "--json").json()
        self.assertEqual(summary["parameters"], whole["parameters"])
        self.assertEqual([layer["name"] for layer in summary["layers"]],
                         [layer["name"] for layer in whole["layers"]])

    def test_takes_other_weights(self):
        self.succeeds("plan", "model", "--weights", MODELS / "architecture_keras2.h5")

    def test_is_compiled_into_one_file(self):
        self.succeeds("compile", "model", "--output", "m.weir")
        self.assertEqual(self.asked("m.weir"), self.asked("model"))

    def test_folder_of_something_else_is_refused(self):
        (self.folder / "empty").mkdir()
        self.fails(4, "summary", "empty", saying=["keras_metadata.pb"])

    def test_file_that_is_missing_is_named(self):
        for name in (SHARD, "variables/variables.index"):
            (self.folder / "model" / name).unlink()
            result = self.weir("predict", "model", *INPUTS, "--output", "y.npz")
            self.assertNotEqual(result.code, 0)
            self.assertIn(name, result.err)

    def test_shard_that_is_cut_off_is_an_error(self):
        shard = self.folder / "model" / SHARD
        shard.write_bytes(shard.read_bytes()[:-40])
        self.refuses("model", "do not lie in the shard")

    def test_weights_without_their_object_are_an_error(self):
        shard = self.folder / "model" / SHARD
        data = shard.read_bytes()
        shard.write_bytes(data.replace(b"variables", b"wariables"))
        self.refuses("model", "layer", "weights for it")


if __name__ == "__main__":
    unittest.main()
