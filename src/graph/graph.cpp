#include "graph/graph.h"

#include <algorithm>
#include <utility>

#include "base/fail.h"

namespace weir::graph {

ValueId GraphBuilder::add_value(const ValueType& type) {
  graph_.values.push_back(type);
  return static_cast<ValueId>(graph_.values.size() - 1);
}

ValueId GraphBuilder::add_input(const ValueType& type) {
  graph_.inputs.push_back(add_value(type));
  return graph_.inputs.back();
}

ValueId GraphBuilder::add_narrowed_input(const ValueType& type, DType declared) {
  const ValueId input = add_input(type);
  declared_.emplace(input, declared);
  return input;
}

ValueId GraphBuilder::widen_input(ValueId input, const std::string& layer, OperationPtr narrow) {
  if (const auto found = wide_.find(input); found != wide_.end()) return found->second;
  const ValueId wide = add_value({declared_.at(input), type(input).shape});
  std::replace(graph_.inputs.begin(), graph_.inputs.end(), input, wide);
  graph_.nodes.insert(graph_.nodes.begin(), {layer, std::move(narrow), {wide}, {input}});
  wide_.emplace(input, wide);
  return wide;
}

ValueId GraphBuilder::state(const std::string& name, const ValueType& type) {
  if (const auto found = states_.find(name); found != states_.end()) return found->second.now;
  const ValueId before = add_value(type);
  states_.emplace(name, State{before, before});
  return before;
}

void GraphBuilder::set_state(const std::string& name, ValueId value) {
  states_.at(name).now = value;
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
  for (const ValueId input : inputs) {
    types.push_back(type(input));
    require(operation->takes_type(types.back().dtype), ErrorCode::kUnsupported,
            "a {} of {} elements is not supported", operation->kind(),
            to_string(types.back().dtype));
  }
  std::vector<ValueId> outputs;
  for (const ValueType& output : operation->infer(types)) {
    // The size in bytes is taken for granted from here on: let it overflow now or never.
    static_cast<void>(output.shape.elements());
    outputs.push_back(add_value(output));
  }
  graph_.nodes.push_back({layer, std::move(operation), std::move(inputs), outputs});
  return outputs;
}

Graph GraphBuilder::finish(std::vector<ValueId> outputs) {
  graph_.outputs = std::move(outputs);
  graph_.states = states_.size();
  for (const auto& [name, state] : std::exchange(states_, {})) {
    graph_.inputs.push_back(state.before);
    graph_.outputs.push_back(state.now);
  }
  return std::exchange(graph_, {});
}

}  // namespace weir::graph
