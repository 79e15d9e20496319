#include "rows_reader.h"

#include "arrays.h"

namespace weir::python {

namespace nb = nanobind;

RowsReader::RowsReader(const std::string& file, const Model& model)
    : source_(open_source(file, model.inputs())) {}

std::vector<std::string> RowsReader::names() const {
  std::vector<std::string> names;
  for (const TensorSpec& tensor : source_->tensors()) names.push_back(tensor.name);
  return names;
}

std::vector<nb::object> RowsReader::next(std::size_t most_rows) {
  std::span<const TensorView> views;
  {
    const nb::gil_scoped_release released;  // Reading may wait for a disk or a pipe.
    views = source_->next(most_rows);
  }
  std::vector<nb::object> arrays;
  for (const TensorView& view : views) arrays.push_back(copy_of(view));
  return arrays;
}

}  // namespace weir::python
