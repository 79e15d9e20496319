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

/// `operation` on `inputs` does what the two did: it takes the reader's place, with the names of
/// both layers, and the maker's is empty until `drop_empty_places`.
void merge(const NodePair& pair, OperationPtr operation, std::vector<ValueId> inputs, Graph& graph);
void drop_empty_places(Graph& graph);

}  // namespace weir::graph
