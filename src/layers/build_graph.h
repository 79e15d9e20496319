#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "keras/record.h"
#include "layers/registry.h"

namespace weir::layers {

/// What a model says of its inputs or outputs, free axes included.
struct ModelSignature {
  std::vector<TensorSpec> inputs;
  std::vector<std::string> output_names;
};

/// The inputs that the file declares, in Keras's order; and the outputs' names.
ModelSignature signature(const keras::ModelRecord& model);

/// The shapes that every layer's last call makes, by the layer's path: what a summary shows.
using LayerShapes = std::map<std::string, std::vector<Shape>>;

/// The graph of `model` for inputs of the given static shapes (batch axis included), not yet
/// optimised. Its values have the executable types: integer inputs are int32. Throws kUnsupported
/// for a layer that Weir lacks, kInvalidArgument for shapes that do not fit, kMalformed for a
/// config that makes no sense; each names the layer; and what a custom layer throws. Fills `shapes`
/// where it is given, up to the layer that throws.
graph::Graph build_graph(const keras::ModelRecord& model, std::span<const Shape> input_shapes,
                         LayerShapes* shapes = nullptr,
                         const Registry& registry = Registry::builtin());

}  // namespace weir::layers
