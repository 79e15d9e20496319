#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/operation.h"

namespace weir::graph {

using ValueId = std::uint32_t;

/// One use of an operation.
struct Node {
  std::string layer;  ///< The Keras layer it comes from, with its path: "backbone/conv1".
  OperationPtr operation;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
};

/// A model for given input shapes: nodes in an order in which every value is made before it is
/// used. A value; rewrites take one and return another.
struct Graph {
  std::vector<ValueType> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
};

/// Adds nodes one after the other, inferring types on the way.
class GraphBuilder {
 public:
  ValueId add_input(const ValueType& type);
  /// Adds a node of one output. Throws what `infer` throws.
  ValueId add(const std::string& layer, OperationPtr operation, std::vector<ValueId> inputs);
  std::vector<ValueId> add_many(const std::string& layer, OperationPtr operation,
                                std::vector<ValueId> inputs);
  const ValueType& type(ValueId value) const { return graph_.values[value]; }
  Graph finish(std::vector<ValueId> outputs);

 private:
  Graph graph_;
};

/// Folds, fuses and elides, in this order and until nothing changes: dead nodes and identities go,
/// padding goes into convolutions, channel-wise scale and shift into the product before, then
/// residual sums and activations into its epilogue. The results stay the same but for rounding.
Graph optimize(Graph graph);

/// Joins pairs of an optimised graph's nodes that can run in bands, where what is between them is
/// at least a quarter as large as the largest value: the widest first, each node in one pair. Takes
/// less memory and more time.
Graph join_in_bands(Graph graph);

}  // namespace weir::graph
