"""`weir summary` against the numbers that Keras's own summary gives for the same models."""
import unittest

from program import DIGITS, MODEL, ProgramTest


class Summary(ProgramTest):
    def test_digits_has_the_shapes_and_parameters_that_keras_prints(self):
        summary = self.succeeds("summary", MODEL, "--json").json()
        layers = {layer["name"]: layer for layer in summary["layers"]}
        self.assertEqual(layers["conv2d_4"]["output_shapes"], [[None, 8, 8, 32]])
        self.assertEqual(layers["conv2d_4"]["parameters"], 4608)
        self.assertEqual(layers["batch_normalization_4"]["parameters"], 128)
        self.assertEqual(layers["digit"]["output_shapes"], [[None, 10]])
        self.assertEqual(summary["parameters"], 15578)
        self.assertEqual(summary["trainable_parameters"], 15418)
        self.assertEqual(summary["non_trainable_parameters"], 160)
        self.assertEqual(summary["weight_bytes"], 4 * 15578)
        self.assertIsNone(summary["unsupported"])

    def test_text_shows_a_line_a_layer_and_the_totals(self):
        text = self.succeeds("summary", MODEL).out
        self.assertRegex(text, r"conv2d_4 \(Conv2D\) +\(None, 8, 8, 32\) +4,608 +18\.0 KiB")
        self.assertRegex(text, r"Total params: +15,578")
        self.assertRegex(text, r"Non-trainable params: +160")

    def test_functional_layers_say_what_they_are_called_on(self):
        self.golden("models", "functional_in_functional")
        layers = self.succeeds("summary", "model.keras", "--json").json()["layers"]
        inputs = [layer for layer in layers if layer["class"] == "InputLayer"]
        self.assertTrue(inputs)
        for layer in layers:
            if layer["class"] != "InputLayer":
                self.assertTrue(layer["connected_to"], layer)
            self.assertTrue(layer["output_shapes"], layer)

    def test_nested_layers_are_listed_by_path_and_counted_once(self):
        self.golden("models", "functional_in_functional_in_sequential")
        summary = self.succeeds("summary", "model.keras", "--json").json()
        layers = {layer["name"]: layer for layer in summary["layers"]}
        outermost = [layer for name, layer in layers.items() if "/" not in name]
        leaves = [layer for layer in layers.values()
                  if layer["class"] not in ("Functional", "Sequential")]
        self.assertTrue(any(name.count("/") == 2 for name in layers), list(layers))
        self.assertEqual(sum(layer["parameters"] for layer in outermost), summary["parameters"])
        self.assertEqual(sum(layer["parameters"] for layer in leaves), summary["parameters"])
        self.assertGreater(summary["parameters"], 0)

    def test_layer_used_twice_is_counted_once(self):
        self.golden("models", "convolution_used_twice")
        summary = self.succeeds("summary", "model.keras", "--json").json()
        names = [layer["name"] for layer in summary["layers"]]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(sum(layer["parameters"] for layer in summary["layers"]),
                         summary["parameters"])

    def test_free_axes_are_none(self):
        self.golden("models", "free_length")
        summary = self.succeeds("summary", "model.keras", "--json").json()
        self.assertIn(None, summary["layers"][0]["output_shapes"][0][1:])
        self.assertIn("None, ", self.succeeds("summary", "model.keras").out)

    def test_legacy_file_is_summed_up_like_the_new_one(self):
        totals = []
        for case, model in (("keras2_convolutional_h5", "model.h5"),
                            ("keras2_convolutional_keras", "model.keras")):
            self.golden("legacy", case)
            totals.append(self.succeeds("summary", model, "--json").json()["parameters"])
        self.assertEqual(*totals)

    def test_dense_is_what_the_example_says(self):
        summary = self.succeeds("summary", DIGITS / "dense.keras", "--json").json()
        self.assertEqual(summary["parameters"], 10 * 128 + 128 + 128 + 1)
        self.assertEqual(summary["kind"], "Sequential")


if __name__ == "__main__":
    unittest.main()
