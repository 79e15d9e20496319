#include "session/probe.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
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
/// shrink a small image to nothing, and for those that want a size with many divisors.
constexpr std::array<std::array<Sizes, 2>, 2> kProbes{
    {{{{2, 67}, {3, 97}}}, {{{2, 240}, {3, 360}}}}};

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
  std::optional<Error> first_error;
  for (const auto& [a, b] : kProbes) {
    try {
      return {build(shapes_with(inputs, a.rows, a.free)),
              build(shapes_with(inputs, b.rows, b.free))};
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kUnsupported) throw;
      if (!first_error.has_value()) first_error = error;
    }
  }
  throw Error(*first_error);
}

struct Probed {
  graph::Graph graph;
  layers::LayerOutputs outputs;
};

std::array<Probed, 2> probe_graphs(const keras::ModelRecord& record,
                                   std::span<const TensorSpec> inputs) {
  return probe<Probed>(inputs, [&](std::span<const Shape> shapes) {
    Probed probed;
    probed.graph = layers::build_graph(record, shapes, &probed.outputs);
    return probed;
  });
}

template <typename Measure>
std::uint64_t sum_weights(const keras::LayerWeights& weights, const Measure& measure) {
  std::uint64_t sum = 0;
  for (const keras::WeightRecord& weight : weights.vars) sum += measure(weight);
  for (const auto& [name, part] : weights.parts) {
    // The state of a random generator is not a parameter; Keras does not count it either.
    if (name != "seed_generator") sum += sum_weights(part, measure);
  }
  return sum;
}

std::uint64_t parameters_of(const keras::LayerWeights& weights) {
  return sum_weights(weights, [](const keras::WeightRecord& weight) {
    return static_cast<std::uint64_t>(weight.shape.elements());
  });
}

/// Keras marks the statistics of normalising layers as not trainable; a file does not say which of
/// its variables are.
std::uint64_t statistics_of(const keras::LayerRecord& layer) {
  const auto& vars = layer.weights.vars;
  std::size_t statistics = 0;
  if (layer.class_name == "BatchNormalization") statistics = 2;
  if (layer.class_name == "Normalization") statistics = vars.size();
  std::uint64_t sum = 0;
  for (std::size_t i = vars.size() - std::min(statistics, vars.size()); i < vars.size(); ++i) {
    sum += static_cast<std::uint64_t>(vars[i].shape.elements());
  }
  return sum;
}

bool is_trainable(const keras::LayerRecord& layer) {
  const auto found = layer.config.find("trainable");
  return found == layer.config.end() || !found->is_boolean() || found->get<bool>();
}

void add_layers(const keras::ModelRecord& model, const std::string& prefix, bool trainable,
                ModelSummary& summary) {
  for (const keras::LayerRecord& layer : model.layers) {
    const std::string path = prefix + layer.name;
    const bool learns = trainable && is_trainable(layer);
    LayerSummary row{path, layer.class_name, {}, parameters_of(layer.weights), 0, {}};
    row.weight_bytes = sum_weights(layer.weights, [](const keras::WeightRecord& weight) {
      return std::uint64_t{weight.data.bytes.size()};
    });
    for (const keras::CallRecord& call : layer.calls) {
      for (const keras::TensorRef& ref : call.tensors)
        row.connected_to.push_back(prefix + ref.layer);
    }
    summary.parameters += row.parameters;
    summary.weight_bytes += row.weight_bytes;
    if (learns) summary.trainable_parameters += row.parameters - statistics_of(layer);
    summary.layers.push_back(std::move(row));
    if (layer.model != nullptr) add_layers(*layer.model, path + "/", learns, summary);
  }
}

void add_shapes(const std::array<Probed, 2>& probed, ModelSummary& summary) {
  for (LayerSummary& layer : summary.layers) {
    const auto found = probed[0].outputs.find(layer.name);
    if (found == probed[0].outputs.end()) continue;
    const std::vector<graph::ValueId>& other = probed[1].outputs.at(layer.name);
    for (std::size_t i = 0; i < found->second.size(); ++i) {
      layer.output_shapes.push_back(merge(probed[0].graph.values[found->second[i]].shape,
                                          probed[1].graph.values[other[i]].shape));
    }
  }
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
                                      std::span<const std::string> names) {
  const std::array<Probed, 2> probed = probe_graphs(record, inputs);
  const graph::Graph& a = probed[0].graph;
  const graph::Graph& b = probed[1].graph;
  std::vector<TensorSpec> outputs;
  for (std::size_t i = 0; i < a.outputs.size(); ++i) {
    const graph::ValueType& type = a.values[a.outputs[i]];
    outputs.push_back({i < names.size() ? names[i] : fmt::format("output_{}", i), type.dtype,
                       merge(type.shape, b.values[b.outputs[i]].shape)});
  }
  return outputs;
}

ModelSummary summarize(const keras::ModelRecord& record, std::span<const TensorSpec> inputs) {
  ModelSummary summary;
  summary.name = record.name;
  summary.kind = record.kind == keras::ModelRecord::Kind::kSequential ? "Sequential" : "Functional";
  summary.keras_version = record.keras_version;
  add_layers(record, "", true, summary);
  add_shapes(probe_graphs(record, inputs), summary);
  for (LayerSummary& layer : summary.layers) {
    for (const TensorSpec& input : inputs) {
      if (layer.class_name == "InputLayer" && layer.name == input.name) {
        layer.output_shapes = {input.shape};
      }
    }
  }
  return summary;
}

Independence sample_independence(const keras::ModelRecord& record,
                                 std::span<const TensorSpec> inputs,
                                 std::span<const Shape> row_shapes) {
  constexpr std::int64_t kRows = 2;
  const graph::Graph graph = layers::build_graph(record, shapes_with(inputs, kRows, row_shapes));
  for (const graph::Node& node : graph.nodes) {
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
