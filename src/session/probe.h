#pragma once

#include <span>
#include <string>
#include <vector>

#include "keras/record.h"
#include "layers/build_graph.h"
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
                                      std::span<const std::string> names,
                                      const layers::Registry& registry);

/// The shapes of all layers' outputs, found in the same way, by the layers' paths.
struct LayerProbe {
  layers::LayerShapes shapes;  ///< Without those from the first unsupported layer on.
  std::string unsupported;     ///< The error of that layer; "" where Weir has all.
};
LayerProbe probe_layers(const keras::ModelRecord& record, std::span<const TensorSpec> inputs,
                        const layers::Registry& registry);

/// Whether every output row depends on its own input row only, so that rows may be predicted in
/// groups of any size; otherwise why not, in a sentence.
struct Independence {
  bool independent = true;
  std::string reason;
  bool stateful = false;  ///< Not, because of states that are kept from one batch to the next.
};
Independence sample_independence(const keras::ModelRecord& record,
                                 std::span<const TensorSpec> inputs,
                                 std::span<const Shape> row_shapes,
                                 const layers::Registry& registry);

}  // namespace weir::session
