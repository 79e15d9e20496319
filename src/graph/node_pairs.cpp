#include "graph/node_pairs.h"

#include <utility>

namespace weir::graph {
namespace {

std::vector<std::size_t> count_readers(const Graph& graph) {
  std::vector<std::size_t> readers(graph.values.size());
  for (const Node& node : graph.nodes) {
    for (const ValueId input : node.inputs) ++readers[input];
  }
  for (const ValueId output : graph.outputs) ++readers[output];
  return readers;
}

}  // namespace

std::vector<NodePair> find_pairs(const Graph& graph) {
  const std::vector<std::size_t> readers = count_readers(graph);
  std::vector<std::size_t> maker(graph.values.size(), graph.nodes.size());
  std::vector<NodePair> pairs;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    for (const ValueId output : node.outputs) maker[output] = i;
    if (node.inputs.empty()) continue;
    const ValueId between = node.inputs[0];
    if (maker[between] < graph.nodes.size() && readers[between] == 1) {
      pairs.push_back({maker[between], i});
    }
  }
  return pairs;
}

void merge(const NodePair& pair, OperationPtr operation, std::vector<ValueId> inputs,
           Graph& graph) {
  Node& maker = graph.nodes[pair.maker];
  Node& reader = graph.nodes[pair.reader];
  reader.layer = maker.layer + "+" + reader.layer;
  reader.operation = std::move(operation);
  reader.inputs = std::move(inputs);
  maker.operation = nullptr;
}

void drop_empty_places(Graph& graph) {
  std::erase_if(graph.nodes, [](const Node& node) { return node.operation == nullptr; });
}

}  // namespace weir::graph
