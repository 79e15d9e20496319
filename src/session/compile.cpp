#include "session/compile.h"

#include <algorithm>
#include <set>

#include "exec/program_step.h"
#include "exec/weight_parts.h"
#include "plan/make_plan.h"
#include "weir/error.h"

namespace weir::session {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;
using graph::ValueType;

std::vector<ValueType> types_of(const Graph& graph, const std::vector<ValueId>& values) {
  std::vector<ValueType> types;
  types.reserve(values.size());
  for (const ValueId value : values) types.push_back(graph.values[value]);
  return types;
}

std::uint64_t total_bytes(const std::vector<ValueType>& types) {
  std::uint64_t total = 0;
  for (const ValueType& type : types) total += type.bytes();
  return total;
}

/// The nodes that need no step, and the views that take their place.
class Elision {
 public:
  Elision(const Graph& graph, bool with_concatenations)
      : graph_(graph), elided_(graph.nodes.size()) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const Node& node = graph.nodes[i];
      if (node.operation->is_alias()) {
        elided_[i] = true;
        add_view(node.outputs[0], node.inputs[0], 0);
      } else {
        for (const ValueId output : node.outputs) made_by_step_.insert(output);
      }
    }
    if (!with_concatenations) return;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      if (can_be_written_in_place(graph.nodes[i])) elide_concatenation(i);
    }
  }

  bool is_elided(std::size_t node) const { return elided_[node]; }
  bool has_concatenations() const { return has_concatenations_; }
  const std::vector<plan::View>& views() const { return views_; }

 private:
  void add_view(ValueId value, ValueId base, std::size_t offset) {
    views_.push_back({value, base, offset});
    viewed_.insert(value);
  }

  /// The operands are contiguous parts of the result when every axis before the joined one is 1,
  /// and can be written there when each is made by one step and belongs nowhere else.
  bool can_be_written_in_place(const Node& node) const {
    const auto axis = node.operation->concatenates_along();
    if (!axis.has_value()) return false;
    const Shape& shape = graph_.values[node.outputs[0]].shape;
    const bool contiguous = std::all_of(shape.begin(), shape.begin() + *axis,
                                        [](std::int64_t size) { return size == 1; });
    std::set<ValueId> distinct(node.inputs.begin(), node.inputs.end());
    return contiguous && distinct.size() == node.inputs.size() &&
           std::all_of(distinct.begin(), distinct.end(), [&](ValueId input) {
             return made_by_step_.contains(input) && !viewed_.contains(input);
           });
  }

  void elide_concatenation(std::size_t i) {
    const Node& node = graph_.nodes[i];
    std::size_t offset = 0;
    for (const ValueId input : node.inputs) {
      add_view(input, node.outputs[0], offset);
      offset += graph_.values[input].bytes();
    }
    made_by_step_.erase(node.outputs[0]);
    elided_[i] = true;
    has_concatenations_ = true;
  }

  const Graph& graph_;
  std::vector<bool> elided_;
  std::vector<plan::View> views_;
  std::set<ValueId> viewed_;
  std::set<ValueId> made_by_step_;
  bool has_concatenations_ = false;
};

exec::ProgramStep make_step(const Graph& graph, const Node& node, std::size_t threads,
                            graph::PackedWeights& weights) {
  const std::vector<ValueType> inputs = types_of(graph, node.inputs);
  const std::vector<ValueType> outputs = types_of(graph, node.outputs);
  const auto compile_body = [&](const Graph& body) {
    return exec::make_program_step(compile(body, threads, weights));
  };
  try {
    return {node.layer,
            std::string(node.operation->kind()),
            node.operation->prepare({inputs, outputs, threads, weights, compile_body}),
            node.inputs,
            node.outputs,
            {node.operation->multiply_adds(inputs, outputs), node.operation->packed_bytes(),
             total_bytes(inputs) + total_bytes(outputs), node.operation->weight_reads(inputs)}};
  } catch (const Error& error) {
    throw error.within({.file = {}, .layer = node.layer, .tensor = {}});
  }
}

plan::StepInfo step_info(const exec::ProgramStep& step, const graph::Operation& operation) {
  plan::StepInfo info{
      step.layer + ":" + step.kind, step.inputs, step.outputs, step.kernel->scratch_bytes(), {}};
  for (const graph::InPlacePair& pair : operation.in_place()) {
    info.in_place.push_back({pair.input, pair.output});
  }
  return info;
}

/// Tensors are named after the layer that makes them.
std::vector<plan::TensorInfo> tensor_infos(const Graph& graph) {
  std::vector<plan::TensorInfo> tensors(graph.values.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].bytes = graph.values[i].bytes();
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    tensors[graph.inputs[i]].name = "input " + std::to_string(i);
  }
  for (const Node& node : graph.nodes) {
    for (const ValueId output : node.outputs) tensors[output].name = node.layer;
  }
  return tensors;
}

std::shared_ptr<exec::Program> compile_with(const Graph& graph, const Elision& elision,
                                            std::size_t threads, graph::PackedWeights& weights) {
  auto program = std::make_shared<exec::Program>();
  program->streams_weights = weights.residence() == graph::Residence::kStreamed;
  program->problem = {tensor_infos(graph), {}, elision.views(), graph.inputs, graph.outputs};
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (elision.is_elided(i)) continue;
    const Node& node = graph.nodes[i];
    program->steps.push_back(make_step(graph, node, threads, weights));
    program->problem.steps.push_back(step_info(program->steps.back(), *node.operation));
    program->largest_part_bytes = std::max(program->largest_part_bytes,
                                           exec::largest_part_bytes(*program->steps.back().kernel));
  }
  program->plan = plan::make_plan(program->problem);
  program->states = graph.states;
  for (const ValueId input : graph.inputs) {
    program->inputs.emplace_back(input, graph.values[input].dtype, graph.values[input].shape);
  }
  for (const ValueId output : graph.outputs) {
    program->outputs.emplace_back(output, graph.values[output].dtype, graph.values[output].shape);
  }
  return program;
}

}  // namespace

std::shared_ptr<const exec::Program> compile(const Graph& graph, std::size_t threads,
                                             graph::PackedWeights& weights) {
  const Elision all(graph, true);
  auto program = compile_with(graph, all, threads, weights);
  if (!all.has_concatenations()) return program;
  // A concatenation written in place holds its whole result from the first operand on, which can
  // cost more memory than the copy that it saves.
  auto copying = compile_with(graph, Elision(graph, false), threads, weights);
  return copying->plan.arena_bytes < program->plan.arena_bytes ? copying : program;
}

}  // namespace weir::session
