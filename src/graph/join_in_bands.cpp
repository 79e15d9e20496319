#include <algorithm>
#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace weir::graph {
namespace {

/// A node and the only one that reads what it makes.
struct Pair {
  std::size_t maker;
  std::size_t reader;
};

std::vector<std::size_t> count_readers(const Graph& graph) {
  std::vector<std::size_t> readers(graph.values.size());
  for (const Node& node : graph.nodes) {
    for (const ValueId input : node.inputs) ++readers[input];
  }
  for (const ValueId output : graph.outputs) ++readers[output];
  return readers;
}

/// Those with at least so many bytes between them, in the order of the readers.
std::vector<Pair> find_pairs(const Graph& graph, std::uint64_t least_bytes) {
  const std::vector<std::size_t> readers = count_readers(graph);
  std::vector<std::size_t> maker(graph.values.size(), graph.nodes.size());
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    for (const ValueId output : node.outputs) maker[output] = i;
    if (node.inputs.empty()) continue;
    const ValueId between = node.inputs[0];
    const bool has_maker = maker[between] < graph.nodes.size();
    if (has_maker && readers[between] == 1 && graph.values[between].bytes() >= least_bytes) {
      pairs.push_back({maker[between], i});
    }
  }
  return pairs;
}

/// The pair becomes one node in the reader's place, where it can. The maker may be a chain already.
void join(const Pair& pair, std::uint64_t most_weights, Graph& graph) {
  Node& maker = graph.nodes[pair.maker];
  Node& reader = graph.nodes[pair.reader];
  const std::uint64_t weights = maker.operation->packed_bytes() + reader.operation->packed_bytes();
  if (maker.inputs.size() != 1 || weights > most_weights) return;
  OperationPtr joined = maker.operation->in_bands_with(reader.operation);
  if (joined == nullptr) return;
  reader.operation = std::move(joined);
  reader.inputs[0] = maker.inputs[0];
  reader.layer = maker.layer + "+" + reader.layer;
  maker.operation = nullptr;
}

}  // namespace

Graph join_in_bands(Graph graph, std::uint64_t least_bytes, std::uint64_t most_weights) {
  for (const Pair& pair : find_pairs(graph, least_bytes)) join(pair, most_weights, graph);
  std::erase_if(graph.nodes, [](const Node& node) { return node.operation == nullptr; });
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
