#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "io/input_options.h"
#include "io/open_sink.h"
#include "weir/stream.h"

namespace weir::app {

/// What is read and written, as it stands on the command line.
class DataArguments {
 public:
  /// Adds --input, --output and the options of their formats. Must outlive the parsing.
  void add_to(CLI::App& command);
  /// Adds --input, which may be left out, and the options of its format.
  void add_input_to(CLI::App& command) { add_input_options(command); }

  bool has_input() const { return !inputs_.empty(); }

  /// Throws CLI::ValidationError when it is not said in which format to write.
  void check_output() const;

  /// Both end a wait for a pipe when a stop is requested. The inputs must outlive the options.
  InputOptions input(std::span<const TensorSpec> model_inputs) const;
  OutputOptions output() const;

 private:
  /// Returns that of --input.
  CLI::Option* add_input_options(CLI::App& command);
  void add_output_options(CLI::App& command);
  void add_table_options(CLI::App& command);

  std::vector<std::string> inputs_;
  std::string output_;
  std::string input_format_;
  std::string output_format_;
  std::string header_ = "auto";
  std::vector<std::string> columns_;
  std::string delimiter_;
  std::size_t skip_lines_ = 0;
};

/// The shapes of the data's rows, so that a model with free axes is planned before the first row is
/// read. Nothing where the data do not say them.
std::vector<Shape> known_row_shapes(const Source& source);

}  // namespace weir::app
