#include "graph/graph.h"

#include <utility>

#include "base/fail.h"

namespace weir::graph {

ValueId GraphBuilder::add_input(const ValueType& type) {
  graph_.values.push_back(type);
  graph_.inputs.push_back(static_cast<ValueId>(graph_.values.size() - 1));
  return graph_.inputs.back();
}

ValueId GraphBuilder::add(const std::string& layer, OperationPtr operation,
                          std::vector<ValueId> inputs) {
  const std::vector<ValueId> outputs = add_many(layer, std::move(operation), std::move(inputs));
  require(outputs.size() == 1, ErrorCode::kInternal, "an operation of '{}' has {} outputs, not 1",
          layer, outputs.size());
  return outputs.front();
}

std::vector<ValueId> GraphBuilder::add_many(const std::string& layer, OperationPtr operation,
                                            std::vector<ValueId> inputs) {
  std::vector<ValueType> types;
  types.reserve(inputs.size());
  for (const ValueId input : inputs) types.push_back(type(input));
  std::vector<ValueId> outputs;
  for (const ValueType& output : operation->infer(types)) {
    // The size in bytes is taken for granted from here on: let it overflow now or never.
    static_cast<void>(output.shape.elements());
    graph_.values.push_back(output);
    outputs.push_back(static_cast<ValueId>(graph_.values.size() - 1));
  }
  graph_.nodes.push_back({layer, std::move(operation), std::move(inputs), outputs});
  return outputs;
}

Graph GraphBuilder::finish(std::vector<ValueId> outputs) {
  graph_.outputs = std::move(outputs);
  return std::exchange(graph_, {});
}

}  // namespace weir::graph
