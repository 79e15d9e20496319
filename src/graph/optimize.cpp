#include <algorithm>
#include <optional>
#include <utility>

#include "graph/node_pairs.h"

namespace weir::graph {
namespace {

constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

/// Who makes and who reads each value, kept up to date while nodes are fused. A fused node stands
/// where the later of its two stood, so the order stays valid; the other one's place is emptied.
class Rewriter {
 public:
  explicit Rewriter(Graph graph)
      : graph_(std::move(graph)),
        producer_(graph_.values.size(), kNobody),
        reads_(graph_.values.size(), 0) {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      for (const ValueId output : graph_.nodes[i].outputs) producer_[output] = i;
      for (const ValueId input : graph_.nodes[i].inputs) ++reads_[input];
    }
    for (const ValueId output : graph_.outputs) ++reads_[output];
  }

  bool fuse_once() {
    bool changed = false;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      while (graph_.nodes[i].operation != nullptr && fuse_with_producer(i)) changed = true;
    }
    return changed;
  }

  Graph finish() {
    drop_dead_nodes();
    drop_empty_places(graph_);
    return std::move(graph_);
  }

 private:
  bool fuse_with_producer(std::size_t i) {
    return drop_identity(i) || fuse_residual(i) || fuse_chain(i);
  }

  /// An alias of the same type: its readers read its input instead. A model's output keeps its
  /// name.
  bool drop_identity(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (!node.operation->is_alias() || node.inputs.size() != 1 || node.outputs.size() != 1) {
      return false;
    }
    const ValueId from = node.outputs[0];
    const ValueId to = node.inputs[0];
    if (graph_.values[from] != graph_.values[to]) return false;
    for (Node& reader : graph_.nodes)
      std::replace(reader.inputs.begin(), reader.inputs.end(), from, to);
    std::replace(graph_.outputs.begin(), graph_.outputs.end(), from, to);
    reads_[to] += std::exchange(reads_[from], 0);
    clear(i);
    return true;
  }

  /// A node of one input and the node that makes only that.
  bool fuse_chain(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (node.inputs.empty()) return false;
    const std::size_t before = sole_producer(node.inputs[0]);
    if (before == kNobody) return false;
    const Operation& first = *graph_.nodes[before].operation;
    const Operation& second = *node.operation;
    if (const auto padding = first.as_zero_padding()) {
      std::vector<ValueId> inputs = node.inputs;
      inputs[0] = graph_.nodes[before].inputs[0];
      return replace(before, i, second.after_zero_padding(*padding), std::move(inputs));
    }
    if (node.inputs.size() != 1) return false;
    if (const auto affine = second.as_channel_affine()) {
      if (replace(before, i, first.with_channel_affine(*affine), graph_.nodes[before].inputs)) {
        return true;
      }
    }
    if (const auto unary = second.as_unary()) {
      return replace(before, i, first.with_unary(*unary), graph_.nodes[before].inputs);
    }
    return false;
  }

  /// a + b, where one of them is made only for this sum: its maker adds the other.
  bool fuse_residual(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (!node.operation->is_sum() || node.inputs.size() != 2) return false;
    if (graph_.values[node.inputs[0]] != graph_.values[node.inputs[1]]) return false;
    std::size_t makers[2] = {sole_producer(node.inputs[0]), sole_producer(node.inputs[1])};
    // The later maker is the main path; the shortcut is ready by then.
    const auto position = [](std::size_t maker) {
      return maker == kNobody ? -1 : std::ptrdiff_t(maker);
    };
    const std::size_t later = position(makers[1]) > position(makers[0]) ? 1 : 0;
    return fuse_sum(i, makers[later], node.inputs[1 - later]) ||
           fuse_sum(i, makers[1 - later], node.inputs[later]);
  }

  bool fuse_sum(std::size_t i, std::size_t maker, ValueId residual) {
    if (maker == kNobody) return false;
    std::vector<ValueId> inputs = graph_.nodes[maker].inputs;
    inputs.push_back(residual);
    return replace(maker, i, graph_.nodes[maker].operation->with_residual(), std::move(inputs));
  }

  /// Puts `fused` at `after`, in place of both nodes, unless it is null or would make another type.
  bool replace(std::size_t before, std::size_t after, OperationPtr fused,
               std::vector<ValueId> inputs) {
    if (fused == nullptr) return false;
    std::vector<ValueType> types;
    types.reserve(inputs.size());
    for (const ValueId input : inputs) types.push_back(graph_.values[input]);
    Node& node = graph_.nodes[after];
    if (fused->infer(types) != std::vector<ValueType>{graph_.values[node.outputs[0]]}) return false;
    const std::string layer = graph_.nodes[before].layer;
    clear(before);
    for (const ValueId input : node.inputs) --reads_[input];
    for (const ValueId input : inputs) ++reads_[input];
    node = {layer, std::move(fused), std::move(inputs), std::move(node.outputs)};
    return true;
  }

  /// The node that makes `value`, when it makes nothing else and only one reader wants it.
  std::size_t sole_producer(ValueId value) const {
    const std::size_t maker = producer_[value];
    if (maker == kNobody || graph_.nodes[maker].operation == nullptr) return kNobody;
    return reads_[value] == 1 && graph_.nodes[maker].outputs.size() == 1 ? maker : kNobody;
  }

  void clear(std::size_t i) {
    Node& node = graph_.nodes[i];
    for (const ValueId input : node.inputs) --reads_[input];
    for (const ValueId output : node.outputs) producer_[output] = kNobody;
    node = {};
  }

  void drop_dead_nodes() {
    for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
      const Node& node = graph_.nodes[i];
      const bool read = std::any_of(node.outputs.begin(), node.outputs.end(),
                                    [&](ValueId output) { return reads_[output] > 0; });
      if (node.operation != nullptr && !read) clear(i);
    }
  }

  Graph graph_;
  std::vector<std::size_t> producer_;
  std::vector<std::size_t> reads_;
};

}  // namespace

Graph optimize(Graph graph) {
  Rewriter rewriter(std::move(graph));
  while (rewriter.fuse_once()) {
  }
  return rewriter.finish();
}

}  // namespace weir::graph
