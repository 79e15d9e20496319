#include <algorithm>
#include <cmath>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/last_axes.h"
#include "layers/number_array.h"
#include "layers/reducing.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/concat.h"
#include "ops/order.h"
#include "ops/reduce.h"

/// Operations of keras.ops that sort, rank or run along an axis.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ComparisonKind;
using kernels::Order;

/// What is sorted, with the axis that the config names moved to the end.
struct SortedAxis {
  LastAxes moved;
  std::vector<ValueId> sorted;  ///< Values and positions.
};

SortedAxis sort_axis(LayerCall& call) {
  const ValueId x = as_number(call, first_input(call));
  const std::size_t axis = to_axis(call.config().integer("axis", -1), call.shape(x).rank());
  const LastAxes moved = move_last(call, x, {axis});
  const std::int64_t size = call.shape(moved.value).back();
  return {moved, call.add_many(ops::make_order(Order::kRising, size), {moved.value})};
}

/// 0 for the values, 1 for where they were.
template <std::size_t kOutput>
std::vector<ValueId> sorted(LayerCall& call) {
  require(!call.config().json().contains("axis") || call.config().has("axis"),
          ErrorCode::kUnsupported, "sorting a flattened tensor is not supported; reshape it first");
  const SortedAxis axis = sort_axis(call);
  return {move_back(call, axis.moved, axis.sorted[kOutput])};
}

std::vector<ValueId> top_k(LayerCall& call) {
  const ValueId x = as_number(call, first_input(call));
  const std::int64_t k = call.config().integer("k", 1);
  return call.add_many(ops::make_order(Order::kFalling, k), {x});
}

/// The axes that a quantile goes over as one sorted axis at the end, and the shape without them.
struct Sample {
  ValueId sorted;
  std::int64_t size;
  Shape result;
};

Sample sample_of(LayerCall& call) {
  const Config config = call.config();
  const ValueId x = as_float(call, first_input(call));
  const Shape shape = call.shape(x);
  std::vector<std::size_t> axes = axes_or_all(config, "axis", shape.rank());
  const bool keeps = config.boolean("keepdims", false);
  Sample sample{0, 1, {}};
  Shape flat;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    const bool goes = std::ranges::find(axes, axis) != axes.end();
    if (goes) sample.size = checked_mul(sample.size, shape[axis]);
    if (!goes) flat.push_back(shape[axis]);
    if (!goes || keeps) sample.result.push_back(goes ? 1 : shape[axis]);
  }
  flat.push_back(sample.size);
  const ValueId moved = add_reshape(call, move_last(call, x, std::move(axes)).value, flat);
  sample.sorted = call.add_many(ops::make_order(Order::kRising, sample.size), {moved}).front();
  return sample;
}

ValueId element(LayerCall& call, const Sample& sample, std::int64_t position) {
  const std::size_t last = call.shape(sample.sorted).rank() - 1;
  return add_reshape(call, add_part(call, sample.sorted, {last, position, 1, 1}), sample.result);
}

/// NumPy's methods for a quantile between two elements.
ValueId quantile_of(LayerCall& call, const Sample& sample, double q) {
  require(q >= 0 && q <= 1, ErrorCode::kInvalidArgument, "there is no quantile {}", q);
  require(sample.size > 0, ErrorCode::kInvalidArgument, "a quantile of no elements");
  const double at = q * static_cast<double>(sample.size - 1);
  const auto low = static_cast<std::int64_t>(std::floor(at));
  const auto high = static_cast<std::int64_t>(std::ceil(at));
  const std::string method = call.config().text("method", "linear");
  if (method == "lower" || low == high) return element(call, sample, low);
  if (method == "higher") return element(call, sample, high);
  if (method == "nearest") {
    return element(call, sample, static_cast<std::int64_t>(std::nearbyint(at)));
  }
  require(method == "linear" || method == "midpoint", ErrorCode::kUnsupported,
          "quantiles by the method '{}' are not supported", method);
  const double share = method == "linear" ? at - static_cast<double>(low) : 0.5;
  return add_binary(call, BinaryKind::kAdd,
                    add_affine(call, 1 - share, 0, element(call, sample, low)),
                    add_affine(call, share, 0, element(call, sample, high)));
}

std::vector<ValueId> median(LayerCall& call) { return {quantile_of(call, sample_of(call), 0.5)}; }

/// Of q = 1 in `kWhole` parts. Several quantiles are stacked along a new first axis.
template <int kWhole>
std::vector<ValueId> quantile(LayerCall& call) {
  const Json* given = find_argument(call, 1, {"q"});
  const std::optional<NumberArray> q = given == nullptr ? std::nullopt : parse_numbers(*given);
  require(q.has_value() && q->shape.rank() <= 1, ErrorCode::kUnsupported,
          "quantiles that are computed are not supported");
  const Sample sample = sample_of(call);
  if (q->shape.empty()) return {quantile_of(call, sample, q->values.front() / kWhole)};
  Shape row{1};
  for (const std::int64_t size : sample.result) row.push_back(size);
  std::vector<ValueId> rows;
  for (const double one : q->values) {
    rows.push_back(add_reshape(call, quantile_of(call, sample, one / kWhole), row));
  }
  return {call.add(ops::make_concat(0), std::move(rows))};
}

template <kernels::ScanKind kKind>
std::vector<ValueId> scan(LayerCall& call) {
  require(!call.config().has("dtype"), ErrorCode::kUnsupported, "a running sum of another type");
  return {add_scan(call, kKind, as_number(call, first_input(call)))};
}

/// How many of the sorted numbers lie before each value: compared one by one, on an axis of their
/// own that is then summed.
ValueId count_before(LayerCall& call, const Operand& sorted, ValueId values,
                     ComparisonKind comparison) {
  Shape column = call.shape(values);
  column.push_back(1);
  const ValueId before =
      add_comparison(call, comparison, sorted, add_reshape(call, values, column));
  const ValueId ones = add_cast(call, DType::kInt32, before);
  return call.add(ops::make_reduce(kernels::ReduceKind::kSum, {column.rank() - 1}, false), {ones});
}

std::vector<ValueId> digitize(LayerCall& call) {
  return {count_before(call, operand_of(call, 1, {"bins"}), first_input(call),
                       ComparisonKind::kLessEqual)};
}

std::vector<ValueId> search_sorted(LayerCall& call) {
  const std::optional<ValueId> values = operand_of(call, 1, {"values"}).value();
  require(values.has_value(), ErrorCode::kUnsupported, "a search for constants");
  const bool right = call.config().text("side", "left") == "right";
  return {count_before(call, operand_of(call, 0, {"sorted_sequence"}), *values,
                       right ? ComparisonKind::kLessEqual : ComparisonKind::kLess)};
}

}  // namespace

void register_operations_order(Registry& registry) {
  registry.add_operation("Sort", sorted<0>);
  registry.add_operation("Argsort", sorted<1>);
  registry.add_operation("TopK", top_k);
  registry.add_operation("Median", median);
  registry.add_operation("Quantile", quantile<1>);
  registry.add_operation("Percentile", quantile<100>);
  registry.add_operation("Cumsum", scan<kernels::ScanKind::kSum>);
  registry.add_operation("Cumprod", scan<kernels::ScanKind::kProduct>);
  registry.add_operation("Digitize", digitize);
  registry.add_operation("SearchSorted", search_sorted);
}

}  // namespace weir::layers
