#include <algorithm>
#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace weir::graph {
namespace {

constexpr std::uint64_t kWideShare = 4;

/// A node and the only one that reads what it makes.
struct Pair {
  std::size_t maker;
  std::size_t reader;
  std::uint64_t bytes;  ///< Of the value between them.
};

std::vector<std::size_t> count_readers(const Graph& graph) {
  std::vector<std::size_t> readers(graph.values.size());
  for (const Node& node : graph.nodes) {
    for (const ValueId input : node.inputs) ++readers[input];
  }
  for (const ValueId output : graph.outputs) ++readers[output];
  return readers;
}

/// From the widest to those that are no longer wide.
std::vector<Pair> find_pairs(const Graph& graph) {
  std::uint64_t widest = 0;
  for (const ValueType& type : graph.values) widest = std::max(widest, type.bytes());
  const std::vector<std::size_t> readers = count_readers(graph);
  std::vector<std::size_t> maker(graph.values.size(), graph.nodes.size());
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    for (const ValueId output : node.outputs) maker[output] = i;
    if (node.inputs.empty()) continue;
    const ValueId between = node.inputs[0];
    const std::uint64_t bytes = graph.values[between].bytes();
    const bool has_maker = maker[between] < graph.nodes.size();
    if (has_maker && readers[between] == 1 && bytes >= widest / kWideShare) {
      pairs.push_back({maker[between], i, bytes});
    }
  }
  std::ranges::stable_sort(pairs, std::greater{}, &Pair::bytes);
  return pairs;
}

/// The pair becomes one node in the reader's place; false, with nothing changed, where it cannot.
bool join(const Pair& pair, Graph& graph) {
  Node& maker = graph.nodes[pair.maker];
  Node& reader = graph.nodes[pair.reader];
  if (maker.operation == nullptr || maker.inputs.size() != 1) return false;
  std::vector<ValueId> inputs = reader.inputs;
  inputs[0] = maker.inputs[0];
  std::vector<ValueType> types;
  types.reserve(inputs.size());
  for (const ValueId input : inputs) types.push_back(graph.values[input]);
  OperationPtr joined = maker.operation->in_bands_with(reader.operation, types);
  if (joined == nullptr) return false;
  reader.operation = std::move(joined);
  reader.inputs = std::move(inputs);
  reader.layer = maker.layer + "+" + reader.layer;
  maker.operation = nullptr;
  return true;
}

}  // namespace

Graph join_in_bands(Graph graph) {
  std::vector<bool> joined(graph.nodes.size());
  for (const Pair& pair : find_pairs(graph)) {
    if (joined[pair.maker] || joined[pair.reader]) continue;
    joined[pair.maker] = joined[pair.reader] = join(pair, graph);
  }
  std::erase_if(graph.nodes, [](const Node& node) { return node.operation == nullptr; });
  return graph;
}

}  // namespace weir::graph
