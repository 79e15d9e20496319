#include <utility>

#include "graph/graph.h"

namespace weir::graph {

Graph keep_weights_as(DType dtype, Graph graph) {
  for (Node& node : graph.nodes) {
    if (OperationPtr kept = node.operation->with_weights_as(dtype)) {
      node.operation = std::move(kept);
    }
  }
  return graph;
}

}  // namespace weir::graph
