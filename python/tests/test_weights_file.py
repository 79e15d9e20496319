"""An architecture JSON with a file of its weights: `weights_file=`."""
import pathlib
import pickle
import unittest

import numpy as np
import weir

MODELS = pathlib.Path(__file__).resolve().parents[2] / "tests" / "keras" / "models"
KERAS3 = MODELS / "architecture_keras3.json"
KERAS2 = MODELS / "architecture_keras2.json"
INPUTS = {"l": np.linspace(-4, 2, 15, dtype="float32").reshape(5, 3),
          "r": np.linspace(3, -1, 15, dtype="float32").reshape(5, 3)}


class WeightsFile(unittest.TestCase):
    def assert_same(self, model, whole):
        expected = weir.load_model(MODELS / whole).predict(INPUTS)
        answers = model.predict(INPUTS)
        self.assertEqual(answers.keys(), expected.keys())
        for key, value in expected.items():
            np.testing.assert_array_equal(answers[key], value)

    def test_every_kind_gives_the_same_bits_as_the_whole_model(self):
        for architecture, whole, kinds in (
                (KERAS3, "branched_keras3.keras", (".weights.h5", ".weights.json")),
                (KERAS2, "branched_keras2.h5", (".weights.h5", ".h5"))):
            for kind in kinds:
                with self.subTest(architecture.stem + kind):
                    model = weir.load_model(architecture,
                                            weights_file=architecture.with_suffix(kind))
                    self.assert_same(model, whole)

    def test_path_may_be_a_string(self):
        weights = str(KERAS3.with_suffix(".weights.json"))
        self.assert_same(weir.load_model(str(KERAS3), weights_file=weights), "branched_keras3.keras")

    def test_pickle_names_both_files(self):
        model = weir.load_model(KERAS2, weights_file=KERAS2.with_suffix(".h5"))
        self.assert_same(pickle.loads(pickle.dumps(model)), "branched_keras2.h5")

    def test_streamed_weights_give_the_same_bits(self):
        weights = KERAS3.with_suffix(".weights.json")
        model = weir.load_model(KERAS3, weights="stream", weights_file=weights)
        self.assert_same(model, "branched_keras3.keras")

    def test_architecture_alone_tells_how_to_give_weights(self):
        with self.assertRaisesRegex(ValueError, "architecture_keras3.json.*weights_file="):
            weir.load_model(KERAS3)

    def test_file_that_is_not_there_is_named(self):
        with self.assertRaisesRegex(FileNotFoundError, "gone.weights.h5"):
            weir.load_model(KERAS3, weights_file="gone.weights.h5")

    def test_weights_of_another_model_are_value_errors(self):
        for architecture, weights in ((KERAS3, "chain.h5"), (KERAS2, "sequential_keras3.h5")):
            with self.assertRaisesRegex(ValueError, weights + ".*belong to no layer"):
                weir.load_model(architecture, weights_file=MODELS / weights)

    def test_whole_model_takes_none(self):
        with self.assertRaisesRegex(ValueError, "branched_keras3.keras.*of its own"):
            weir.load_model(MODELS / "branched_keras3.keras",
                            weights_file=KERAS3.with_suffix(".weights.h5"))


if __name__ == "__main__":
    unittest.main()
