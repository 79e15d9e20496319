#pragma once

#include <vector>

#include "graph/graph.h"

namespace weir::graph {

/// A node, and the only one that reads what it makes: as its first input.
struct NodePair {
  std::size_t maker;
  std::size_t reader;
};

/// All of a graph, in the order of the readers.
std::vector<NodePair> find_pairs(const Graph& graph);

}  // namespace weir::graph
