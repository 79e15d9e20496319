#include <map>

#include "base/fail.h"
#include "keras/functional_config.h"

namespace weir::keras {
namespace {

constexpr std::size_t kMostCalls = 1'000'000;

/// The calls of a model as nodes 0, 1, …; a layer without calls is one node, an input.
class CallGraph {
 public:
  explicit CallGraph(const ModelRecord& model) : model_(model) {
    for (const LayerRecord& layer : model.layers) {
      first_.emplace(layer.name, Range{nodes_, std::max<std::size_t>(1, layer.calls.size())});
      nodes_ += std::max<std::size_t>(1, layer.calls.size());
    }
  }

  std::size_t node_of(const TensorRef& ref) const {
    const auto found = first_.find(ref.layer);
    require(found != first_.end(), ErrorCode::kMalformed, "layer '{}' is used but not defined",
            ref.layer);
    const auto node = static_cast<std::size_t>(ref.node);
    require(node < found->second.count, ErrorCode::kMalformed,
            "call {} of layer '{}' is used, but it has {}", node, ref.layer, found->second.count);
    return found->second.begin + node;
  }

  /// Kahn's algorithm: takes away calls whose inputs are all made; those on a cycle stay.
  void check_order() const {
    std::vector<std::size_t> missing(nodes_, 0);
    std::vector<std::vector<std::size_t>> users(nodes_);
    for_each_call([&](std::size_t node, const CallRecord& call) {
      missing[node] = call.tensors.size();
      for (const TensorRef& ref : call.tensors) users[node_of(ref)].push_back(node);
    });
    std::vector<std::size_t> ready;
    for (std::size_t node = 0; node < nodes_; ++node) {
      if (missing[node] == 0) ready.push_back(node);
    }
    std::size_t done = 0;
    while (!ready.empty()) {
      const std::size_t node = ready.back();
      ready.pop_back();
      ++done;
      for (const std::size_t user : users[node]) {
        if (--missing[user] == 0) ready.push_back(user);
      }
    }
    if (done < nodes_) fail_with_cycle(missing);
  }

 private:
  struct Range {
    std::size_t begin;
    std::size_t count;
  };

  template <typename Visit>
  void for_each_call(const Visit& visit) const {
    std::size_t node = 0;
    for (const LayerRecord& layer : model_.layers) {
      for (const CallRecord& call : layer.calls) {
        try {
          visit(node++, call);
        } catch (const Error& error) {
          throw error.within({.file = {}, .layer = layer.name, .tensor = {}});
        }
      }
      if (layer.calls.empty()) ++node;
    }
  }

  [[noreturn]] void fail_with_cycle(const std::vector<std::size_t>& missing) const {
    for (const auto& [name, range] : first_) {
      for (std::size_t i = 0; i < range.count; ++i) {
        if (missing[range.begin + i] == 0) continue;
        throw Error(ErrorCode::kMalformed, "the graph has a cycle: its input depends on its output",
                    {.file = {}, .layer = std::string(name), .tensor = {}});
      }
    }
    fail(ErrorCode::kInternal, "a cycle without a layer");
  }

  const ModelRecord& model_;
  std::map<std::string_view, Range> first_;
  std::size_t nodes_ = 0;
};

}  // namespace

void check_graph(const ModelRecord& model) {
  const CallGraph graph(model);
  graph.check_order();
  for (const auto* ends : {&model.inputs, &model.outputs}) {
    for (const NamedRef& end : *ends) graph.node_of(end.ref);
  }
}

namespace {

/// Of the layers in it, where there are any.
std::size_t calls_inside(const LayerRecord& layer) {
  if (layer.model != nullptr) return count_calls(*layer.model);
  std::size_t count = 1;
  for (const InnerLayer& inner : layer.inner) count += calls_inside(*inner.layer);
  return count;
}

}  // namespace

std::size_t count_calls(const ModelRecord& model) {
  std::size_t count = 0;
  for (const LayerRecord& layer : model.layers) {
    const std::size_t calls = std::max<std::size_t>(1, layer.calls.size());
    const std::size_t inside = calls_inside(layer);
    require(calls <= kMostCalls && count + calls * inside <= kMostCalls, ErrorCode::kLimit,
            "model '{}' makes more than {} calls of layers", model.name, kMostCalls);
    count += calls * inside;
  }
  return count;
}

}  // namespace weir::keras
