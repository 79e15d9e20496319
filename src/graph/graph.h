#pragma once

#include <cstdint>
#include <map>
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
  /// How many of the inputs and of the outputs, the last ones of each, are states: what a run gives
  /// there the next one takes. They are zeros at first.
  std::size_t states = 0;
};

/// Adds nodes one after the other, inferring types on the way.
class GraphBuilder {
 public:
  ValueId add_input(const ValueType& type);
  /// An input that the model declares in a wider type than the graph computes with: whoever hands
  /// elements over narrows them, unless a layer asks for the wide ones.
  ValueId add_narrowed_input(const ValueType& type, DType declared);
  bool is_narrowed(ValueId value) const { return declared_.contains(value); }
  /// The input in its declared type. From now on it is handed over so, and `narrow` makes `input`
  /// of it for those that read that.
  ValueId widen_input(ValueId input, const std::string& layer, OperationPtr narrow);
  /// Adds a node of one output. Throws what `infer` throws.
  ValueId add(const std::string& layer, OperationPtr operation, std::vector<ValueId> inputs);
  std::vector<ValueId> add_many(const std::string& layer, OperationPtr operation,
                                std::vector<ValueId> inputs);
  /// A copy: adding to the graph moves what it holds.
  ValueType type(ValueId value) const { return graph_.values[value]; }
  /// What has been added so far, without its outputs. Adding to it moves what it holds.
  const Graph& graph() const { return graph_; }
  /// What the state called `name` is now. All that ask for it by turns work on one state.
  ValueId state(const std::string& name, const ValueType& type);
  /// What it is from now on, and at the next run.
  void set_state(const std::string& name, ValueId value);
  /// The model's own outputs; states come behind them.
  Graph finish(std::vector<ValueId> outputs);

 private:
  struct State {
    ValueId before;
    ValueId now;
  };

  ValueId add_value(const ValueType& type);

  Graph graph_;
  std::map<std::string, State> states_;
  std::map<ValueId, DType> declared_;  ///< Of the narrowed inputs.
  std::map<ValueId, ValueId> wide_;
};

/// Folds, fuses and elides, in this order and until nothing changes: dead nodes and identities go,
/// padding goes into convolutions, channel-wise scale and shift into the product before, then
/// residual sums and activations into its epilogue. The results stay the same but for rounding.
Graph optimize(Graph graph);

/// Replaces operations by those that are faster and round differently, where there are such.
Graph use_faster(Graph graph);

/// Keeps the weights of all products that can as `dtype`, kBFloat16 or kInt8. For an optimised
/// graph, before `use_faster`: what is faster has weights of its own.
Graph keep_weights_as(DType dtype, Graph graph);

/// Joins nodes of an optimised graph that follow each other and can run in bands, where what is
/// between two of them has at least so many bytes and no other reader, and where their weights,
/// which each band reads, have at most so many.
Graph join_in_bands(Graph graph, std::uint64_t least_bytes, std::uint64_t most_weights);

/// Bytes of the largest value that a node reads or makes.
std::uint64_t widest_bytes(const Graph& graph);

}  // namespace weir::graph
