#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "io/format.h"
#include "weir/tensor.h"

namespace weir {

enum class CsvHeader {
  kAuto,  ///< There is one if a chosen field of the first row is not a number.
  kYes,
  kNo,
};

/// How a table of text is to be read.
struct CsvOptions {
  CsvHeader header = CsvHeader::kAuto;
  char delimiter = '\0';  ///< '\0': a tab for .tsv, else a comma.
  /// Which columns, in this order; all where empty. Each is a name of the header, a number counted
  /// from 1, or a range of numbers ("2-65", "2-"), as for cut(1).
  std::vector<std::string> columns;
  std::size_t skip_lines = 0;  ///< Lines before the header or the first row.
};

/// What is to be read for a model's inputs.
struct InputOptions {
  /// Each is FILE, NAME=FILE (NAME is an input of the model), FILE.npz:ARRAY, or "-" for standard
  /// input. One file for all inputs, or one for each.
  std::vector<std::string> inputs;
  /// The model's inputs, whose names and shapes the data must fit. Empty: anything fits.
  std::span<const TensorSpec> expected;
  /// Nothing: by the file's name, or else by its first bytes.
  std::optional<FileFormat> format;
  CsvOptions csv;
  /// Ends a read that waits for a pipe, with kCancelled.
  StopFlag stop = nullptr;
};

}  // namespace weir
