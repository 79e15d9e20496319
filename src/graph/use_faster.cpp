#include <utility>
#include <vector>

#include "graph/node_pairs.h"

namespace weir::graph {
namespace {

std::vector<ValueType> input_types(const Graph& graph, const Node& node) {
  std::vector<ValueType> types;
  for (const ValueId input : node.inputs) types.push_back(graph.values[input]);
  return types;
}

/// The reader takes in that the maker scales its input's channels, where that is so and it can.
void take_in_scaling(const NodePair& pair, Graph& graph) {
  const Node& maker = graph.nodes[pair.maker];
  const Node& reader = graph.nodes[pair.reader];
  const auto scale = maker.operation->as_channel_scaling(input_types(graph, maker));
  if (!scale) return;
  const ValueId image = maker.inputs[1 - *scale];
  OperationPtr scaled = reader.operation->after_channel_scaling(graph.values[image]);
  if (scaled == nullptr) return;
  std::vector<ValueId> inputs{image, maker.inputs[*scale]};
  inputs.insert(inputs.end(), reader.inputs.begin() + 1, reader.inputs.end());
  merge(pair, std::move(scaled), std::move(inputs), graph);
}

}  // namespace

Graph use_faster(Graph graph) {
  for (const NodePair& pair : find_pairs(graph)) take_in_scaling(pair, graph);
  drop_empty_places(graph);
  for (Node& node : graph.nodes) {
    const std::vector<ValueType> types = input_types(graph, node);
    if (OperationPtr faster = node.operation->faster(types)) node.operation = std::move(faster);
  }
  return graph;
}

}  // namespace weir::graph
