#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "weir/model.h"

namespace weir::app {

/// Options that all subcommands that prepare a model share, as they stand on the command line.
class SessionArguments {
 public:
  /// Adds --batch-size, --threads, --memory-limit, --weights and --shape. Must outlive the parsing.
  void add_to(CLI::App& command, std::size_t default_batch_size);
  /// Adds --shape only.
  void add_shape_to(CLI::App& command);

  /// Throws kInvalidArgument for a shape that names no input of the model.
  SessionOptions options(const Model& model) const;

 private:
  std::size_t batch_size_ = 1;
  std::size_t threads_ = 0;
  std::string memory_limit_;
  std::string weights_ = "resident";
  std::vector<std::string> shapes_;
};

}  // namespace weir::app
