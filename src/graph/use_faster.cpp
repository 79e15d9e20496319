#include <utility>
#include <vector>

#include "graph/graph.h"

namespace weir::graph {

Graph use_faster(Graph graph) {
  std::vector<ValueType> types;
  for (Node& node : graph.nodes) {
    types.clear();
    for (const ValueId input : node.inputs) types.push_back(graph.values[input]);
    if (OperationPtr faster = node.operation->faster(types)) node.operation = std::move(faster);
  }
  return graph;
}

}  // namespace weir::graph
