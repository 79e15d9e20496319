#include "session/probe.h"

#include <algorithm>
#include <array>
#include <exception>
#include <functional>
#include <utility>

#include "base/fail.h"
#include "layers/build_graph.h"

namespace weir::session {
namespace {

struct Sizes {
  std::int64_t rows;
  std::int64_t free;
};

/// Sizes that nothing in a model is likely to have by itself. The second pair is for networks that
/// shrink a small image to nothing, and for those that want a size with many divisors; the third
/// for those that have places for a few elements only.
constexpr std::array<std::array<Sizes, 2>, 3> kProbes{
    {{{{2, 67}, {3, 97}}}, {{{2, 240}, {3, 360}}}, {{{2, 5}, {3, 7}}}}};

Shape merge(const Shape& a, const Shape& b) {
  if (a.rank() != b.rank()) return {};
  Shape merged;
  for (std::size_t axis = 0; axis < a.rank(); ++axis) {
    merged.push_back(a[axis] == b[axis] ? a[axis] : Shape::kFree);
  }
  return merged;
}

/// Calls `build` with both shapes of the first pair of sizes that the model accepts.
template <typename Result>
std::array<Result, 2> probe(std::span<const TensorSpec> inputs,
                            const std::function<Result(std::span<const Shape>)>& build) {
  std::exception_ptr first_error;
  for (const auto& [a, b] : kProbes) {
    try {
      return {build(shapes_with(inputs, a.rows, a.free)),
              build(shapes_with(inputs, b.rows, b.free))};
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kUnsupported) throw;
      if (first_error == nullptr) first_error = std::current_exception();
    } catch (...) {  // A custom layer's.
      if (first_error == nullptr) first_error = std::current_exception();
    }
  }
  std::rethrow_exception(first_error);
}

LayerProbe probe_once(const keras::ModelRecord& record, std::span<const Shape> input_shapes,
                      const layers::Registry& registry) {
  LayerProbe probed;
  try {
    layers::build_graph(record, input_shapes, &probed.shapes, registry);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    probed.unsupported = error.what();
  }
  return probed;
}

/// The nodes that have a part in an output, without those that are the same for all samples since
/// they compute with constants only.
std::vector<graph::Node> nodes_of_samples(const graph::Graph& graph) {
  std::vector<bool> is_read(graph.values.size());
  for (const graph::ValueId output : graph.outputs) is_read[output] = true;
  std::vector<bool> is_of_input(graph.values.size());
  for (const graph::ValueId input : graph.inputs) is_of_input[input] = true;
  const auto any = [](const std::vector<graph::ValueId>& values, const std::vector<bool>& marks) {
    return std::ranges::any_of(values, [&](graph::ValueId value) { return marks[value]; });
  };
  const auto mark = [](const std::vector<graph::ValueId>& values, std::vector<bool>& marks) {
    for (const graph::ValueId value : values) marks[value] = true;
  };
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if (any(node->outputs, is_read)) mark(node->inputs, is_read);
  }
  std::vector<graph::Node> nodes;
  for (const graph::Node& node : graph.nodes) {
    if (any(node.inputs, is_of_input)) mark(node.outputs, is_of_input);
    const bool matters = node.inputs.empty() || any(node.outputs, is_of_input);
    if (matters && any(node.outputs, is_read)) nodes.push_back(node);
  }
  return nodes;
}

}  // namespace

std::vector<Shape> shapes_with(std::span<const TensorSpec> inputs, std::int64_t rows,
                               std::int64_t free_size) {
  std::vector<Shape> shapes;
  for (const TensorSpec& input : inputs) {
    Shape shape{rows};
    for (std::size_t axis = 1; axis < input.shape.rank(); ++axis) {
      shape.push_back(input.shape[axis] == Shape::kFree ? free_size : input.shape[axis]);
    }
    shapes.push_back(shape);
  }
  return shapes;
}

std::vector<Shape> shapes_with(std::span<const TensorSpec> inputs, std::int64_t rows,
                               std::span<const Shape> row_shapes) {
  require(inputs.size() == row_shapes.size(), ErrorCode::kInvalidArgument,
          "the model has {} inputs, but {} shapes are given", inputs.size(), row_shapes.size());
  std::vector<Shape> shapes;
  for (const Shape& row : row_shapes) {
    Shape shape{rows};
    for (const std::int64_t size : row.dims()) shape.push_back(size);
    shapes.push_back(shape);
  }
  return shapes;
}

std::vector<TensorSpec> probe_outputs(const keras::ModelRecord& record,
                                      std::span<const TensorSpec> inputs,
                                      std::span<const std::string> names,
                                      const layers::Registry& registry) {
  const std::array<graph::Graph, 2> probed =
      probe<graph::Graph>(inputs, [&](std::span<const Shape> shapes) {
        return layers::build_graph(record, shapes, nullptr, registry);
      });
  const auto& [a, b] = probed;
  std::vector<TensorSpec> outputs;
  for (std::size_t i = 0; i + a.states < a.outputs.size(); ++i) {
    const graph::ValueType& type = a.values[a.outputs[i]];
    outputs.push_back({i < names.size() ? names[i] : fmt::format("output_{}", i), type.dtype,
                       merge(type.shape, b.values[b.outputs[i]].shape)});
  }
  return outputs;
}

LayerProbe probe_layers(const keras::ModelRecord& record, std::span<const TensorSpec> inputs,
                        const layers::Registry& registry) {
  auto [merged, other] = probe<LayerProbe>(
      inputs, [&](std::span<const Shape> shapes) { return probe_once(record, shapes, registry); });
  for (auto& [path, shapes] : merged.shapes) {
    const std::vector<Shape>& others = other.shapes[path];
    for (std::size_t i = 0; i < std::min(shapes.size(), others.size()); ++i) {
      shapes[i] = merge(shapes[i], others[i]);
    }
  }
  return merged;
}

Independence sample_independence(const keras::ModelRecord& record,
                                 std::span<const TensorSpec> inputs,
                                 std::span<const Shape> row_shapes,
                                 const layers::Registry& registry) {
  constexpr std::int64_t kRows = 2;
  const graph::Graph graph =
      layers::build_graph(record, shapes_with(inputs, kRows, row_shapes), nullptr, registry);
  if (graph.states > 0) {
    return {false, "states are kept from one batch to the next: batches are predicted whole", true};
  }
  for (const graph::Node& node : nodes_of_samples(graph)) {
    std::vector<graph::ValueType> types;
    for (const graph::ValueId input : node.inputs) types.push_back(graph.values[input]);
    if (!node.operation->keeps_samples_apart(types)) {
      return {false,
              fmt::format("layer '{}' mixes samples: a batch is predicted whole", node.layer)};
    }
  }
  for (const graph::ValueId output : graph.outputs) {
    const Shape& shape = graph.values[output].shape;
    if (shape.empty() || shape[0] != kRows) {
      return {false, "an output has no row for each sample: a batch is predicted whole"};
    }
  }
  return {true, "samples do not depend on each other: rows pass in micro-batches"};
}

}  // namespace weir::session
