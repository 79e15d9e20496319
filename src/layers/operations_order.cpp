#include <algorithm>
#include <numeric>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/keras_operation.h"
#include "layers/last_axes.h"
#include "layers/reducing.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/gather.h"
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
  const ValueId result = move_back(call, axis.moved, axis.sorted[kOutput]);
  const DType given = call.type(first_input(call)).dtype;
  return {kOutput == 0 ? add_cast(call, given, result) : result};
}

/// The positions in rising order up to the k-th, and falling behind it, as TensorFlow has them.
std::vector<ValueId> partition(LayerCall& call) {
  ValueId x = as_number(call, first_input(call));
  const Config config = call.config();
  if (!config.has("axis")) x = add_reshape(call, x, {Shape::kFree});
  const std::size_t axis = to_axis(config.integer("axis", 0), call.shape(x).rank());
  const std::int64_t size = call.shape(x)[axis];
  const std::int64_t given = config.integer("kth", 0);
  const std::int64_t k = given < 0 ? given + size : given;
  require(k >= 0 && k < size, ErrorCode::kInvalidArgument, "an axis of {} has no element {}", size,
          given);
  const LastAxes moved = move_last(call, x, {axis});
  const ValueId order = call.add_many(ops::make_order(Order::kRising, size), {moved.value})[1];
  std::vector<std::int64_t> places(static_cast<std::size_t>(size));
  std::iota(places.begin(), places.end(), 0);
  std::reverse(places.begin() + k + 1, places.end());
  const std::size_t last = call.shape(order).rank() - 1;
  return {move_back(call, moved, call.add(ops::make_take(last, std::move(places)), {order}))};
}

std::vector<ValueId> top_k(LayerCall& call) {
  const ValueId x = as_number(call, first_input(call));
  const std::int64_t k = call.config().integer("k", 1);
  return call.add_many(ops::make_order(Order::kFalling, k), {x});
}

template <kernels::ScanKind kKind>
std::vector<ValueId> scan(LayerCall& call) {
  const Config config = call.config();
  ValueId x = first_input(call);
  if (config.has("dtype")) {
    x = add_keras_operation(call, "Cast", {{"dtype", config.text("dtype", "")}}, {x}).front();
  }
  return {add_scan(call, kKind, as_number(call, x))};
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
  registry.add_operation("Argpartition", partition);
  registry.add_operation("TopK", top_k);
  registry.add_operation("Cumsum", scan<kernels::ScanKind::kSum>);
  registry.add_operation("Cumprod", scan<kernels::ScanKind::kProduct>);
  registry.add_operation("Digitize", digitize);
  registry.add_operation("SearchSorted", search_sorted);
}

}  // namespace weir::layers
