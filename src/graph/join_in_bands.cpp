#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "graph/node_pairs.h"

namespace weir::graph {
namespace {

/// The pair becomes one node in the reader's place, where it can. The maker may be a chain already.
void join(const NodePair& pair, std::uint64_t most_weights, Graph& graph) {
  const Node& maker = graph.nodes[pair.maker];
  const Node& reader = graph.nodes[pair.reader];
  const std::uint64_t weights = maker.operation->packed_bytes() + reader.operation->packed_bytes();
  if (weights > most_weights) return;
  OperationPtr joined = maker.operation->in_bands_with(reader.operation);
  if (joined == nullptr) return;
  std::vector<ValueId> inputs = maker.inputs;
  inputs.insert(inputs.end(), reader.inputs.begin() + 1, reader.inputs.end());
  merge(pair, std::move(joined), std::move(inputs), graph);
}

}  // namespace

Graph join_in_bands(Graph graph, std::uint64_t least_bytes, std::uint64_t most_weights) {
  for (const NodePair& pair : find_pairs(graph)) {
    const ValueId between = graph.nodes[pair.reader].inputs[0];
    if (graph.values[between].bytes() >= least_bytes) join(pair, most_weights, graph);
  }
  drop_empty_places(graph);
  return graph;
}

std::uint64_t widest_bytes(const Graph& graph) {
  std::uint64_t widest = 0;
  const auto see = [&](ValueId value) { widest = std::max(widest, graph.values[value].bytes()); };
  for (const Node& node : graph.nodes) {
    std::ranges::for_each(node.inputs, see);
    std::ranges::for_each(node.outputs, see);
  }
  return widest;
}

}  // namespace weir::graph
