#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "weir/model.h"

namespace weir::app {

/// Options that all subcommands that prepare a model share, as they stand on the command line.
class SessionArguments {
 public:
  /// Adds --batch-size, --threads, --memory-limit, --weights, --weights-dtype, --shape, --mode,
  /// --micro-batch, --precision and --device. Must outlive the parsing.
  void add_to(CLI::App& command, std::size_t default_batch_size);
  /// Adds --shape only.
  void add_shape_to(CLI::App& command);
  /// Adds --weights for a file only.
  void add_weights_file_to(CLI::App& command);
  /// Adds --weights-dtype only.
  void add_weights_dtype_to(CLI::App& command);

  /// With the file that --weights names, where it names one.
  LoadOptions load_options() const;

  /// Throws kInvalidArgument for a shape that names no input of the model. With what `weir tune`
  /// saved for the model's file, where `model_file` is given and it fits.
  SessionOptions options(const Model& model, const std::string& model_file = {}) const;

  /// The device of --device, or one with the threads of --threads.
  Device device() const;

 private:
  void add_schedule_options(CLI::App& command);

  std::size_t batch_size_ = 1;
  std::size_t threads_ = 0;
  std::string memory_limit_;
  std::vector<std::string> weights_;  ///< A mode, a file, or both.
  std::string weights_dtype_ = "float32";
  std::vector<std::string> shapes_;
  std::string mode_ = "auto";
  std::size_t micro_batch_ = 0;
  std::string precision_ = "auto";
  std::string device_;
};

}  // namespace weir::app
