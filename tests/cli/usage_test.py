"""Exit codes and what the program says when it is used wrongly."""
import json
import unittest

from program import IMAGES, MODEL, ProgramTest


class Usage(ProgramTest):
    def test_help_lists_every_command_and_exit_code(self):
        help_text = self.succeeds("--help").out
        for word in ("summary", "plan", "predict", "check", "Exit codes", "130"):
            self.assertIn(word, help_text)
        self.assertLessEqual(max(map(len, help_text.splitlines())), 110)

    def test_every_command_has_help(self):
        for command in ("summary", "plan", "predict", "check"):
            help_text = self.succeeds(command, "--help").out
            self.assertIn("MODEL", help_text)
            self.assertLessEqual(max(map(len, help_text.splitlines())), 110)

    def test_version_is_one_line(self):
        self.assertRegex(self.succeeds("--version").out, r"^weir \d+\.\d+\.\d+\n$")

    def test_wrong_usage_is_code_2_and_prints_nothing_on_standard_output(self):
        predict = ("predict", MODEL, "--input", IMAGES, "--output", "y.npy")
        for arguments in (
                (), ("fly",), ("summary",), ("summary", MODEL, "--fast"), ("predict", MODEL),
                ("predict", MODEL, "--input", IMAGES), (*predict, "--batch-size", "0"),
                (*predict, "--batch-size", "many"), (*predict, "--threads", "-1"),
                (*predict, "--memory-limit", "lots"), (*predict, "--memory-limit", "12parsecs"),
                (*predict, "--shape", "8;8"), (*predict, "--progress", "sometimes"),
                (*predict, "--csv-header", "perhaps"), (*predict, "--delimiter", "::"),
                (*predict, "--output-format", "xls"), ("predict", MODEL, "--input", IMAGES,
                 "--output", "y.data"), ("check", MODEL, "--steps", "0")):
            with self.subTest(arguments=arguments):
                result = self.fails(2, *arguments)
                self.assertEqual(result.out, "")
                self.assertNotEqual(result.err, "")
        self.assert_only()

    def test_wrong_size_says_how_to_write_it(self):
        self.fails(2, "plan", MODEL, "--memory-limit", "lots", saying=["lots", "256MiB"])

    def test_name_without_a_format_is_refused_before_anything_is_read(self):
        predict = ("predict", "none.keras", "--input", "none.npy", "--output", "y.data")
        self.fails(2, *predict, saying=["y.data", ".csv"])
        self.fails(1, *predict, "--output-format", "csv", saying=["none.keras"])

    def test_options_may_stand_before_and_after_the_model(self):
        self.succeeds("predict", "--input", IMAGES, "--threads", "1", MODEL, "--output", "a.npy")
        self.succeeds("predict", MODEL, "--output=b.npy", "--threads=1", f"--input={IMAGES}")
        self.assertEqual((self.folder / "a.npy").read_bytes(),
                         (self.folder / "b.npy").read_bytes())

    def test_missing_model_is_named(self):
        for command in ("summary", "plan", "check"):
            self.fails(1, command, "none.keras", saying=["none.keras"])

    def test_file_that_is_no_model_is_named(self):
        (self.folder / "notes.keras").write_text("milk, eggs")
        self.fails(1, "summary", "notes.keras", saying=["notes.keras"])

    def test_unsupported_layer_is_code_4_and_named(self):
        (self.folder / "custom.json").write_text(CUSTOM)
        self.fails(4, "plan", "custom.json", saying=["custom.json", "mine", "MyLayer"])

    def test_unsupported_layer_is_shown_by_summary(self):
        (self.folder / "custom.json").write_text(CUSTOM)
        result = self.succeeds("summary", "custom.json")
        lines = {line.split()[0]: line for line in result.out.splitlines() if "(" in line}
        self.assertIn("(None, 5, 3)", lines["before"])
        self.assertIn("?", lines["mine"])
        self.assertIn("?", lines["after"])
        self.assertIn("layer 'mine'", result.out)
        summary = self.succeeds("summary", "custom.json", "--json").json()
        self.assertIn("MyLayer", summary["unsupported"])
        self.assertEqual([layer["output_shapes"] for layer in summary["layers"]],
                         [[[None, 5, 8]], [[None, 5, 3]], [], []])

    def test_architecture_is_planned_but_not_run(self):
        (self.folder / "dense.json").write_text(DENSE)
        plan = self.succeeds("plan", "dense.json", "--json").json()
        self.assertGreaterEqual(plan["weights_bytes"], 4 * (8 * 3 + 3))
        self.fails(1, "check", "dense.json", saying=["dense.json", "no weights"])


def sequential(name, *layers):
    return json.dumps({
        "module": "keras", "class_name": "Sequential", "registered_name": None,
        "keras_version": "3.15.1", "build_config": {"input_shape": [None, 5, 8]},
        "config": {"name": name, "trainable": True, "dtype": "float32", "layers": [
            {"module": "keras.layers", "class_name": kind, "registered_name": None,
             "config": config} for kind, config in layers]}})


def dense(name, units):
    return "Dense", {"name": name, "units": units, "activation": "linear", "use_bias": True,
                     "dtype": "float32", "trainable": True}


CUSTOM = sequential(
    "custom", ("InputLayer", {"name": "steps", "batch_shape": [None, 5, 8],
                              "dtype": "float32", "sparse": False}),
    dense("before", 3), ("MyLayer", {"name": "mine", "units": 4, "dtype": "float32"}),
    dense("after", 2))
DENSE = sequential(
    "small", ("InputLayer", {"name": "x", "batch_shape": [None, 8], "dtype": "float32",
                             "sparse": False}), dense("y", 3))

if __name__ == "__main__":
    unittest.main()
