"""An architecture JSON with a file of its weights: `weights=`."""
import pathlib
import pickle
import unittest

import numpy as np
import weir

MODELS = pathlib.Path(__file__).resolve().parents[2] / "tests" / "keras" / "models"
KERAS3 = MODELS / "architecture_keras3.json"
KERAS2 = MODELS / "architecture_keras2.json"
INPUTS = {"left": np.linspace(-4, 2, 15, dtype="float32").reshape(5, 3),
          "right": np.linspace(3, -1, 15, dtype="float32").reshape(5, 3)}


class WeightsFile(unittest.TestCase):
    def assert_same(self, model, whole):
        expected = weir.load_model(MODELS / whole).predict(INPUTS)
        answers = model.predict(INPUTS)
        self.assertEqual(len(answers), 3)
        for answer, value in zip(answers, expected):
            np.testing.assert_array_equal(answer, value)

    def test_every_kind_gives_the_same_bits_as_the_whole_model(self):
        for architecture, whole, kinds in (
                (KERAS3, "branched_keras3.keras", (".weights.h5", ".weights.json")),
                (KERAS2, "branched_keras2.h5", (".weights.h5", ".h5"))):
            for kind in kinds:
                with self.subTest(architecture.stem + kind):
                    model = weir.load_model(architecture,
                                            weights=architecture.with_suffix(kind))
                    self.assert_same(model, whole)

    def test_path_may_be_a_string(self):
        weights = str(KERAS3.with_suffix(".weights.json"))
        self.assert_same(weir.load_model(str(KERAS3), weights=weights), "branched_keras3.keras")

    def test_pickle_names_both_files(self):
        model = weir.load_model(KERAS2, weights=KERAS2.with_suffix(".h5"))
        self.assert_same(pickle.loads(pickle.dumps(model)), "branched_keras2.h5")

    def test_streamed_weights_give_the_same_bits(self):
        weights = KERAS3.with_suffix(".weights.json")
        model = weir.load_model(KERAS3, weights=(weights, "stream"))
        self.assert_same(model, "branched_keras3.keras")

    def test_architecture_alone_tells_how_to_give_weights(self):
        with self.assertRaisesRegex(ValueError, "architecture_keras3.json.*weights="):
            weir.load_model(KERAS3)

    def test_file_that_is_not_there_is_named(self):
        with self.assertRaisesRegex(FileNotFoundError, "gone.weights.h5"):
            weir.load_model(KERAS3, weights="gone.weights.h5")

    def test_weights_of_another_model_are_value_errors(self):
        for architecture, weights in ((KERAS3, "chain.h5"), (KERAS2, "sequential_keras3.h5")):
            with self.assertRaisesRegex(ValueError, weights + ".*belong to no layer"):
                weir.load_model(architecture, weights=MODELS / weights)

    def test_whole_model_takes_others_in_place_of_its_own(self):
        weights = KERAS3.with_suffix(".weights.h5")
        model = weir.load_model(MODELS / "branched_keras3.keras", weights=weights)
        self.assert_same(model, "branched_keras3.keras")
        with self.assertRaisesRegex(ValueError, "first.*shape.*expected"):
            weir.load_model(MODELS / "sequential_keras3.keras",
                            weights=MODELS / "wider.weights.h5")

    def test_tuning_takes_the_weights_along(self):
        model = weir.load_model(KERAS3, weights=KERAS3.with_suffix(".weights.h5"))
        self.assertTrue(any(one["chosen"] for one in model.tune(seconds=0.01)))

    def test_unknown_mode_beside_a_file_is_a_value_error(self):
        with self.assertRaisesRegex(ValueError, "'fast' is none of"):
            weir.load_model(KERAS3, weights=(KERAS3.with_suffix(".weights.h5"), "fast"))


if __name__ == "__main__":
    unittest.main()
