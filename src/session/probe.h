#pragma once

#include <span>
#include <vector>

#include "keras/record.h"
#include "weir/model.h"

namespace weir::session {

/// Shapes of the model's inputs with `rows` rows and, at each free axis, `free_size` elements.
std::vector<Shape> shapes_with(std::span<const TensorSpec> inputs, std::int64_t rows,
                               std::int64_t free_size);

/// Shapes of the inputs with `rows` rows of the given shapes. Throws kInvalidArgument when they do
/// not fit.
std::vector<Shape> shapes_with(std::span<const TensorSpec> inputs, std::int64_t rows,
                               std::span<const Shape> row_shapes);

/// Types and shapes of the outputs. Found by building the graph for two sizes of everything free:
/// an axis that differs between them is free. Throws what building throws.
std::vector<TensorSpec> probe_outputs(const keras::ModelRecord& record,
                                      std::span<const TensorSpec> inputs,
                                      std::span<const std::string> names);

/// The layers with their shapes (found in the same way), parameters and connections.
ModelSummary summarize(const keras::ModelRecord& record, std::span<const TensorSpec> inputs);

/// Whether every output row depends on its own input row only, so that rows may be predicted in
/// groups of any size; otherwise why not, in a sentence.
struct Independence {
  bool independent = true;
  std::string reason;
};
Independence sample_independence(const keras::ModelRecord& record,
                                 std::span<const TensorSpec> inputs,
                                 std::span<const Shape> row_shapes);

}  // namespace weir::session
