#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <vector>

#include "weir/weir.h"

namespace weir::python {

/// A file of rows (.npy, .npz, .csv, .jsonl, …) for a model, as arrays of NumPy.
class RowsReader {
 public:
  /// Throws what `open_source` throws.
  RowsReader(const std::string& file, const Model& model);

  /// Of the file's tensors; "" where it has none.
  std::vector<std::string> names() const;

  /// The next rows, at most so many: an array for each tensor. None of them at the end.
  std::vector<nanobind::object> next(std::size_t most_rows);

 private:
  std::unique_ptr<Source> source_;
};

}  // namespace weir::python
