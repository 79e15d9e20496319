#pragma once

#include <cstdint>
#include <optional>

#include "base/output_file.h"
#include "weir/tensor.h"

namespace weir {

/// Writes one array in the npy format, row by row, to a file that it does not own. Where the file
/// can be rewritten the number of rows need not be known beforehand.
class NpyWriter {
 public:
  /// Writes the header unless free axes after the first must wait for the first rows.
  NpyWriter(OutputFile& file, const TensorSpec& spec);

  /// Throws kInvalidArgument when the axes after the first are not those of the rows before.
  void write(const TensorView& rows);
  /// Puts the final number of rows into the header.
  void finish();

 private:
  void write_header(bool again);

  OutputFile& file_;
  TensorSpec spec_;
  std::optional<std::int64_t> promised_rows_;
  std::int64_t rows_ = 0;
  bool has_header_ = false;
};

}  // namespace weir
