#include "layers/known_value.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/fail.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "ops/batch_size.h"

namespace weir::layers {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueType;

constexpr std::size_t kMostBytes = 64 << 10;  // Of what belongs to shapes; more is data.

/// The nodes that make `value` and all that it is made of, in their order; nothing where an input
/// of the graph is among that.
std::optional<std::vector<const Node*>> makers_of(const Graph& graph, ValueId value) {
  std::set<ValueId> wanted{value};
  std::vector<const Node*> makers;
  std::size_t bytes = 0;
  for (std::size_t i = graph.nodes.size(); i > 0 && !wanted.empty(); --i) {
    const Node& node = graph.nodes[i - 1];
    const auto is_wanted = [&](ValueId output) { return wanted.contains(output); };
    if (!std::ranges::any_of(node.outputs, is_wanted)) continue;
    for (const ValueId output : node.outputs) {
      bytes += graph.values[output].bytes();
      wanted.erase(output);
    }
    if (bytes > kMostBytes) return std::nullopt;
    wanted.insert(node.inputs.begin(), node.inputs.end());
    makers.push_back(&node);
  }
  if (!wanted.empty()) return std::nullopt;
  std::ranges::reverse(makers);
  return makers;
}

std::unique_ptr<kernels::Step> refuse_body(const Graph& /*body*/) {
  fail(ErrorCode::kUnsupported, "sizes that are computed by a loop are not supported");
}

/// Runs nodes one after the other, each in memory of its own.
class Evaluation {
 public:
  explicit Evaluation(const Graph& graph) : graph_(graph) {}

  /// As if the batch had so many samples, where that is given.
  void run(const Node& node, std::optional<std::int32_t> samples) {
    for (const ValueId output : node.outputs) {
      values_.insert_or_assign(output, AlignedBuffer(graph_.values[output].bytes()));
    }
    const std::vector<ValueType> inputs = types_of(node.inputs);
    const std::vector<ValueType> outputs = types_of(node.outputs);
    const auto step = node.operation->prepare({.inputs = inputs,
                                               .outputs = outputs,
                                               .threads = 1,
                                               .weights = weights_,
                                               .compile_body = refuse_body});
    const AlignedBuffer scratch(step->scratch_bytes());
    const std::vector<std::byte*> sources = memory_of(node.inputs);
    const std::vector<std::byte*> targets = memory_of(node.outputs);
    const std::vector<const std::byte*> read(sources.begin(), sources.end());
    step->run({.inputs = read, .outputs = targets, .scratch = scratch.data(), .pool = pool_});
    if (samples && ops::is_shape_value(*node.operation)) {
      reinterpret_cast<std::int32_t*>(targets.front())[0] = *samples;
    }
  }

  std::vector<double> numbers(ValueId value) const {
    const std::byte* data = values_.at(value).data();
    const ValueType& type = graph_.values[value];
    std::vector<double> numbers(static_cast<std::size_t>(type.shape.elements()));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (type.dtype == DType::kFloat32) {
        numbers[i] = reinterpret_cast<const float*>(data)[i];
      } else if (type.dtype == DType::kInt32) {
        numbers[i] = reinterpret_cast<const std::int32_t*>(data)[i];
      } else {
        numbers[i] = std::to_integer<int>(data[i]);
      }
    }
    return numbers;
  }

 private:
  std::vector<ValueType> types_of(const std::vector<ValueId>& values) const {
    std::vector<ValueType> types;
    for (const ValueId value : values) types.push_back(graph_.values[value]);
    return types;
  }
  std::vector<std::byte*> memory_of(const std::vector<ValueId>& values) const {
    std::vector<std::byte*> memory;
    for (const ValueId value : values) memory.push_back(values_.at(value).data());
    return memory;
  }

  const Graph& graph_;
  std::map<ValueId, AlignedBuffer> values_;
  graph::PackedWeights weights_;
  ThreadPool pool_{1};
};

std::vector<double> numbers_of(const Graph& graph, const std::vector<const Node*>& makers,
                               ValueId value, std::optional<std::int32_t> samples = {}) {
  Evaluation evaluation(graph);
  for (const Node* node : makers) evaluation.run(*node, samples);
  return evaluation.numbers(value);
}

/// Which elements are others for one of these numbers of samples: minima, maxima and quotients show
/// at one of them. All of them, where one of these numbers will not do.
std::vector<bool> dependent_on_samples(const Graph& graph, const std::vector<const Node*>& makers,
                                       ValueId value, const std::vector<double>& numbers) {
  std::vector<bool> depends(numbers.size());
  try {
    for (const std::int32_t samples : {1, 3, 1000, 30'000}) {
      const std::vector<double> others = numbers_of(graph, makers, value, samples);
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (others[i] != numbers[i]) depends[i] = true;
      }
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    depends.assign(numbers.size(), true);
  }
  return depends;
}

bool has_operation(const std::vector<const Node*>& makers, bool (*is_it)(const graph::Operation&)) {
  return std::ranges::any_of(makers, [&](const Node* node) { return is_it(*node->operation); });
}

Json part_of(const NumberArray& numbers, std::size_t axis, std::size_t& next) {
  if (axis == numbers.shape.rank()) {
    const double number = numbers.values[next++];
    if (numbers.dtype == DType::kFloat32) return number;
    if (numbers.dtype == DType::kBool) return number != 0;
    return static_cast<std::int64_t>(number);
  }
  Json list = Json::array();
  for (std::int64_t i = 0; i < numbers.shape[axis]; ++i) {
    list.push_back(part_of(numbers, axis + 1, next));
  }
  return list;
}

}  // namespace

std::optional<KnownValue> find_known(const LayerCall& call, ValueId value) {
  const Graph& graph = call.graph();
  const ValueType& type = graph.values[value];
  if (type.dtype == DType::kString || type.dtype == DType::kInt64) return std::nullopt;
  const auto makers = makers_of(graph, value);
  if (!makers) return std::nullopt;
  KnownValue known;
  known.numbers = {numbers_of(graph, *makers, value), type.shape, type.dtype};
  const std::vector<double>& numbers = known.numbers.values;
  const bool is_bound = has_operation(*makers, ops::is_bound_to_batch);
  known.counts_samples.assign(numbers.size(), is_bound);
  if (!is_bound && has_operation(*makers, ops::is_shape_value)) {
    known.counts_samples = dependent_on_samples(graph, *makers, value, numbers);
  }
  return known;
}

Json to_json(const NumberArray& numbers) {
  std::size_t next = 0;
  return part_of(numbers, 0, next);
}

}  // namespace weir::layers
