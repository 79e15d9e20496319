#include "data_options.h"

#include <algorithm>

#include "stop.h"

namespace weir::app {
namespace {

const std::string kTables = "Tables of text (.csv, .tsv)";

/// "npy" → kNpy; nothing for "", which leaves the choice to the file.
std::optional<FileFormat> format_named(const std::string& name) {
  return format_of_name("." + name);
}

CsvHeader header_named(const std::string& name) {
  if (name == "yes") return CsvHeader::kYes;
  return name == "no" ? CsvHeader::kNo : CsvHeader::kAuto;
}

/// '\0' for "", which leaves the choice to the file.
char delimiter_named(const std::string& name) {
  if (name.empty()) return '\0';
  return name == "tab" || name == "\\t" ? '\t' : name.front();
}

std::string check_delimiter(const std::string& text) {
  if (text.size() == 1 || text == "tab" || text == "\\t") return "";
  return "'" + text + "' is no delimiter; give one character, or tab";
}

}  // namespace

void DataArguments::add_to(CLI::App& command) {
  add_input_options(command)->required();
  add_output_options(command);
}

CLI::Option* DataArguments::add_input_options(CLI::App& command) {
  CLI::Option* input =
      command.add_option("--input", inputs_)
          ->description(
              "Data: .npy, .npz, .csv, .tsv or .jsonl, or - for standard\ninput. For a model of "
              "several inputs one .npz, or NAME=FILE for\neach. ARCHIVE.npz:NAME takes one array")
          ->option_text("FILE")
          ->allow_extra_args(false);
  command.add_option("--input-format", input_format_)
      ->description("npy, npz, csv, tsv or jsonl, where name and content do not say")
      ->option_text("FORMAT")
      ->check(CLI::IsMember({"npy", "npz", "csv", "tsv", "jsonl"}));
  add_table_options(command);
  return input;
}

void DataArguments::add_output_options(CLI::App& command) {
  command.add_option("--output", output_)
      ->description(
          "Predictions: .npy, .npz, .csv, .tsv or .jsonl, or - for standard\noutput. A file "
          "appears when it is complete, or not at all")
      ->option_text("FILE")
      ->required();
  command.add_option("--output-format", output_format_)
      ->description("npy, npz, csv, tsv or jsonl, where the name does not say")
      ->option_text("FORMAT")
      ->check(CLI::IsMember({"npy", "npz", "csv", "tsv", "jsonl"}));
}

void DataArguments::add_table_options(CLI::App& command) {
  command.add_option("--csv-header", header_)
      ->description("Whether the first row has names: auto (default), yes or no")
      ->option_text("WHEN")
      ->check(CLI::IsMember({"auto", "yes", "no"}))
      ->group(kTables);
  command.add_option("--columns", columns_)
      ->description("Columns to use, in this order: names, or numbers from 1,\nlike 2-65 or x,y,7-")
      ->option_text("LIST")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(kTables);
  command.add_option("--delimiter", delimiter_)
      ->description(
          "What separates fields: one character, or tab.\nBy default a comma, a tab in a .tsv")
      ->option_text("CHARACTER")
      ->check(CLI::Validator(check_delimiter, "", "delimiter"))
      ->group(kTables);
  command.add_option("--skip-lines", skip_lines_)
      ->description("Lines to pass over before the header or the first row")
      ->option_text("N")
      ->check(CLI::NonNegativeNumber)
      ->group(kTables);
}

InputOptions DataArguments::input(std::span<const TensorSpec> model_inputs) const {
  InputOptions options;
  options.inputs = inputs_;
  options.expected = model_inputs;
  options.format = format_named(input_format_);
  options.csv = {header_named(header_), delimiter_named(delimiter_), columns_, skip_lines_};
  options.stop = &stop_requested();
  return options;
}

void DataArguments::check_output() const {
  if (output_format_of(output()).has_value()) return;
  throw CLI::ValidationError("--output " + output_, kNoOutputFormat);
}

OutputOptions DataArguments::output() const {
  return {output_, format_named(output_format_), '\0', &stop_requested()};
}

std::vector<Shape> known_row_shapes(const Source& source) {
  std::vector<Shape> shapes;
  for (const TensorSpec& tensor : source.tensors()) {
    shapes.emplace_back(tensor.shape.dims().subspan(1));
  }
  const bool known =
      std::all_of(shapes.begin(), shapes.end(), [](const Shape& s) { return s.is_static(); });
  return known ? shapes : std::vector<Shape>{};
}

}  // namespace weir::app
