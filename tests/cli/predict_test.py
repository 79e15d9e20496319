"""`weir predict`: the right numbers from every kind of data that people have."""
import json
import unittest
import zipfile

import npy
from program import EXPECTED, IMAGES, MODEL, ProgramTest

ROWS = 100


def csv_text(content, header=None, delimiter=","):
    lines = [] if header is None else [delimiter.join(header)]
    lines += [delimiter.join(f"{value:g}" for value in row) for row in content.rows()]
    return "\n".join(lines) + "\n"


class Digits(ProgramTest):
    """The digits in many forms must all give the predictions that real Keras gave."""

    @classmethod
    def setUpClass(cls):
        cls.images = npy.read(IMAGES).take(ROWS)
        cls.expected = npy.read(EXPECTED).take(ROWS)

    def save(self, name, content):
        npy.write(self.folder / name, content)
        return name

    def test_whole_file_agrees_with_keras(self):
        self.assert_close(self.predicts("--input", IMAGES), npy.read(EXPECTED))

    def test_batch_size_threads_and_memory_limit_do_not_change_a_bit(self):
        first = self.predicts("--input", IMAGES, "--threads", "1")
        for options in (("--batch-size", "7", "--threads", "2"), ("--batch-size", "1000"),
                        ("--batch-size", "1", "--threads", "3")):
            self.assertEqual(self.predicts("--input", IMAGES, *options).to_bytes(),
                             first.to_bytes(), options)

    def test_any_numeric_type_is_read(self):
        whole = npy.Array(self.images.shape, "|u1", map(int, self.images.values))
        for dtype in ("|u1", "|i1", "<i2", "<u2", "<i4", "<i8", "<f4", "<f8"):
            name = self.save("x.npy", npy.Array(whole.shape, dtype, whole.values)
                             if dtype[1] != "f" else
                             npy.Array(whole.shape, dtype, map(float, whole.values)))
            self.assert_close(self.predicts("--input", name), self.expected)

    def test_missing_axis_of_channels_is_added(self):
        name = self.save("x.npy", self.images.reshaped(ROWS, 8, 8))
        self.assert_close(self.predicts("--input", name), self.expected)

    def test_flat_rows_are_told_how_to_be_reshaped(self):
        name = self.save("x.npy", self.images.reshaped(ROWS, 64))
        self.fails(1, "predict", MODEL, "--input", name, "--output", "y.npy",
                   saying=["x.npy", "'image'", "(None, 8, 8, 1)", "reshape((-1, 8, 8, 1))"])
        self.assert_only("x.npy")

    def test_flat_rows_of_a_table_fill_the_image(self):
        (self.folder / "x.csv").write_text(csv_text(self.images))
        self.assert_close(self.predicts("--input", "x.csv"), self.expected)

    def test_header_of_a_table_is_found_or_declared(self):
        names = [f"pixel{i}" for i in range(64)]
        (self.folder / "x.csv").write_text(csv_text(self.images, names))
        self.assert_close(self.predicts("--input", "x.csv"), self.expected)
        self.assert_close(self.predicts("--input", "x.csv", "--csv-header", "yes"), self.expected)
        self.fails(1, "predict", MODEL, "--input", "x.csv", "--output", "y.npy",
                   "--csv-header", "no", saying=["x.csv", "pixel0"])

    def test_header_of_numbers_is_left_out_when_declared(self):
        (self.folder / "x.csv").write_text(csv_text(self.images, map(str, range(64))))
        self.assertEqual(self.predicts("--input", "x.csv").shape[0], ROWS + 1)
        self.assert_close(self.predicts("--input", "x.csv", "--csv-header", "yes"), self.expected)

    def test_columns_are_chosen_by_number_and_name(self):
        rows = [[7, *row, 9] for row in self.images.rows()]
        table = npy.Array((ROWS, 66), "<f8", [v for row in rows for v in row])
        names = ["id", *(f"p{i}" for i in range(64)), "label"]
        (self.folder / "x.csv").write_text(csv_text(table, names))
        by_number = self.predicts("--input", "x.csv", "--columns", "2-65")
        self.assert_close(by_number, self.expected)
        by_name = self.predicts("--input", "x.csv", "--columns", ",".join(names[1:-1]))
        self.assertEqual(by_number.to_bytes(), by_name.to_bytes())
        self.fails(1, "predict", MODEL, "--input", "x.csv", "--output", "y.npy",
                   "--columns", "id,colour", saying=["x.csv", "colour"])

    def test_delimiter_and_lines_to_skip(self):
        text = "made by hand\nin 2024\n" + csv_text(self.images, delimiter=";")
        (self.folder / "x.txt").write_text(text)
        self.assert_close(self.predicts("--input", "x.txt", "--delimiter", ";",
                                        "--skip-lines", "2"), self.expected)
        (self.folder / "x.tsv").write_text(csv_text(self.images, delimiter="\t"))
        self.assert_close(self.predicts("--input", "x.tsv"), self.expected)
        (self.folder / "x.dat").write_text(csv_text(self.images, delimiter="\t"))
        self.assert_close(self.predicts("--input", "x.dat", "--delimiter", "tab"), self.expected)
        self.assert_close(self.predicts("--input", "x.dat", "--input-format", "tsv"),
                          self.expected)

    def test_table_or_npy_comes_through_standard_input(self):
        self.assert_close(self.predicts("--input", "-", input=csv_text(self.images).encode()),
                          self.expected)
        self.assert_close(self.predicts("--input", "-", input=self.images.to_bytes()),
                          self.expected)

    def test_standard_output_has_the_format_that_is_asked_for(self):
        predict = ("predict", MODEL, "--input", self.save("x.npy", self.images), "--output", "-")
        table = self.succeeds(*predict).out.splitlines()
        self.assertEqual(len(table) - ROWS, 1)  # A header.
        binary = self.succeeds(*predict, "--output-format", "npy").bytes
        self.assert_close(npy.parse(binary), self.expected)
        lines = self.succeeds(*predict, "--output-format", "jsonl").out.splitlines()
        self.assertEqual(len(lines), ROWS)
        json.loads(lines[0])

    def test_outputs_of_all_formats_hold_the_same_numbers(self):
        source = self.save("x.npy", self.images)
        for name in ("y.csv", "y.tsv", "y.jsonl", "y.npz"):
            self.succeeds("predict", MODEL, "--input", source, "--output", name)
        for name, delimiter in (("y.csv", ","), ("y.tsv", "\t")):
            lines = (self.folder / name).read_text().splitlines()[1:]
            values = [float(v) for line in lines for v in line.split(delimiter)]
            self.assert_close(npy.Array((ROWS, 10), "<f4", values), self.expected)
        rows = [json.loads(line) for line in (self.folder / "y.jsonl").read_text().splitlines()]
        values = [v for row in rows for v in row["digit"]]
        self.assert_close(npy.Array((ROWS, 10), "<f4", values), self.expected)
        with zipfile.ZipFile(self.folder / "y.npz") as archive:
            self.assertEqual(archive.namelist(), ["digit.npy"])
            self.assert_close(npy.parse(archive.read("digit.npy")), self.expected)

    def test_no_rows_give_no_predictions(self):
        name = self.save("x.npy", npy.Array((0, 8, 8, 1), "<f4", []))
        self.assertEqual(self.predicts("--input", name).shape, (0, 10))

    def test_quiet_when_not_a_terminal(self):
        result = self.succeeds("predict", MODEL, "--input", IMAGES, "--output", "y.npy")
        self.assertEqual((result.out, result.err), ("", ""))


class SeveralInputs(ProgramTest):
    """A golden model of two inputs, whose arrays come in every way."""

    CASE = "identifiers_and_numbers"

    def setUp(self):
        super().setUp()
        self.entry = self.golden("models", self.CASE)
        self.names = [tensor["name"] for tensor in self.entry["inputs"]]
        self.files = [f"input_{i}.npy" for i in range(len(self.names))]
        self.expected = npy.read(self.folder / "output_0.npy")

    def check(self, *inputs, options=()):
        arguments = [word for text in inputs for word in ("--input", text)]
        self.succeeds("predict", "model.keras", *arguments, "--output", "y.npy", *options)
        self.assert_close(npy.read(self.folder / "y.npy"), self.expected, 1e-4)

    def save_npz(self, name, members):
        with zipfile.ZipFile(self.folder / name, "w") as archive:
            for member, file in members:
                archive.writestr(member + ".npy", (self.folder / file).read_bytes())
        return name

    def test_model_has_two_inputs(self):
        self.assertEqual(len(self.names), 2)

    def test_names_match_in_any_order(self):
        pairs = [f"{name}={file}" for name, file in zip(self.names, self.files)]
        self.check(*pairs)
        self.check(*reversed(pairs))

    def test_files_without_names_are_in_the_models_order(self):
        self.check(*self.files)

    def test_archive_matches_by_names(self):
        members = list(zip(self.names, self.files))
        self.check(self.save_npz("x.npz", members[::-1]))

    def test_archive_of_other_names_is_in_order(self):
        self.check(self.save_npz("x.npz", zip(("arr_0", "arr_1"), self.files)))

    def test_missing_and_unknown_names_are_said(self):
        first = f"{self.names[0]}={self.files[0]}"
        predict = ("predict", "model.keras", "--output", "y.npy", "--input", first)
        self.fails(1, *predict, saying=[self.names[1]])
        self.fails(1, *predict, "--input", f"nobody={self.files[1]}", saying=["nobody"])

    def test_different_numbers_of_rows_are_an_error(self):
        short = npy.read(self.folder / self.files[1])
        npy.write(self.folder / "short.npy", short.take(short.shape[0] - 1))
        self.fails(1, "predict", "model.keras", "--output", "y.npy",
                   "--input", f"{self.names[0]}={self.files[0]}",
                   "--input", f"{self.names[1]}=short.npy", saying=["short.npy", "rows"])
        self.assertFalse((self.folder / "y.npy").exists())


class SeveralOutputs(ProgramTest):
    def test_archive_holds_each_output_under_its_keras_name(self):
        entry = self.golden("models", "dictionary_outputs")
        self.succeeds("predict", "model.keras", "--input", "input_0.npy", "--output", "y.npz")
        with zipfile.ZipFile(self.folder / "y.npz") as archive:
            self.assertEqual(sorted(archive.namelist()),
                             sorted(t["name"] + ".npy" for t in entry["outputs"]))
            for i, tensor in enumerate(entry["outputs"]):
                self.assert_close(npy.parse(archive.read(tensor["name"] + ".npy")),
                                  npy.read(self.folder / f"output_{i}.npy"), 1e-4)

    def test_npy_can_hold_one_output_only(self):
        self.golden("models", "dictionary_outputs")
        self.fails(1, "predict", "model.keras", "--input", "input_0.npy", "--output", "y.npy",
                   saying=["y.npy", ".npz"])


class OutputsWithoutRows(ProgramTest):
    """Of models that mix the samples of a batch, and give something else than a row for each."""

    def predicted(self, *options):
        self.succeeds("predict", "model.keras", "--input", "input_0.npy", "--output", "y.npy", *options)
        return npy.read(self.folder / "y.npy")

    def test_are_what_keras_gives(self):
        for case in ("mean_of_the_batch", "rows_of_samples"):
            self.golden("models", case)
            self.assert_close(self.predicted(), npy.read(self.folder / "output_0.npy"), 1e-4)

    def test_of_batches_lie_one_behind_the_other(self):
        self.golden("models", "mean_of_the_batch")
        rows = npy.read(self.folder / "input_0.npy").shape[0]
        self.assertEqual(self.predicted("--batch-size", "1").shape, (3 * rows,))

    def test_that_do_not_go_together_are_an_error(self):
        self.golden("models", "similarities_of_two_towers")
        self.fails(1, "predict", "model.keras", "--input", "input_layer=input_0.npy", "--input",
                   "input_layer_1=input_1.npy", "--output", "y.npz", "--batch-size", "2",
                   saying=["matmul", "batch size"])
        self.assertFalse((self.folder / "y.npz").exists())

    def test_that_are_one_number_are_no_rows(self):
        self.golden("models", "loss_of_the_batch")
        self.fails(4, "predict", "model.keras", "--input", "input_0.npy", "--output", "y.npy",
                   saying=["mean", "one number"])


class FreeAxes(ProgramTest):
    def test_shape_of_the_data_is_taken(self):
        for case in ("free_spatial_shape", "free_spatial_shape_other"):
            self.golden("models", case)
            self.succeeds("predict", "model.keras", "--input", "input_0.npy",
                          "--output", "y.npz")
            with zipfile.ZipFile(self.folder / "y.npz") as archive:
                self.assert_close(npy.parse(archive.read(archive.namelist()[0])),
                                  npy.read(self.folder / "output_0.npy"), 1e-4)

    def test_limit_is_checked_before_the_first_row(self):
        self.golden("models", "free_spatial_shape")
        self.fails(1, "predict", "model.keras", "--input", "input_0.npy", "--output", "y.npz",
                   "--memory-limit", "64KiB", saying=["64.0 KiB", "at least"])
        self.assertFalse((self.folder / "y.npz").exists())


if __name__ == "__main__":
    unittest.main()
