#include <algorithm>
#include <cmath>
#include <limits>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/last_axes.h"
#include "layers/number_array.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/gather.h"
#include "ops/lookup.h"
#include "ops/order.h"
#include "ops/reduce.h"
#include "ops/take_along.h"

/// Quantiles of keras.ops, of all elements or of those that are numbers.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ComparisonKind;

/// The axes that a quantile goes over as one sorted axis at the end, and the shape without them.
/// What is no number comes last.
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
  require(sample.size > 0, ErrorCode::kInvalidArgument, "a quantile of no elements");
  flat.push_back(sample.size);
  const ValueId moved = add_reshape(call, move_last(call, x, std::move(axes)).value, flat);
  sample.sorted = call.add_many(ops::make_order(kernels::Order::kRising, sample.size), {moved})[0];
  return sample;
}

/// Between which two elements of a sorted list a quantile lies, and how much it has of the second.
struct Place {
  double low;
  double high;
  double share;
};

/// By NumPy's methods.
Place place_of(double q, std::int64_t count, const std::string& method) {
  const double at = q * static_cast<double>(std::max<std::int64_t>(count, 1) - 1);
  const double low = std::floor(at);
  const double high = std::ceil(at);
  if (method == "linear") return {low, high, at - low};
  if (method == "midpoint") return {low, high, 0.5};
  if (method == "lower") return {low, low, 0};
  if (method == "higher") return {high, high, 0};
  if (method == "nearest") return {std::nearbyint(at), std::nearbyint(at), 0};
  fail(ErrorCode::kUnsupported, "quantiles by the method '{}' are not supported", method);
}

/// The places of all quantiles, each part as a list.
struct Places {
  std::vector<double> low;
  std::vector<double> high;
  std::vector<double> share;

  void add(const Place& place) {
    low.push_back(place.low);
    high.push_back(place.high);
    share.push_back(place.share);
  }
};

/// Elements before and after each quantile, and its share of the latter: (…, quantiles).
struct Neighbours {
  ValueId low;
  ValueId high;
  Operand share;
};

ValueId take_last(LayerCall& call, ValueId x, const std::vector<double>& positions) {
  const std::size_t last = call.shape(x).rank() - 1;
  return call.add(ops::make_take(last, {positions.begin(), positions.end()}), {x});
}

Neighbours neighbours(LayerCall& call, const Sample& sample, const std::vector<double>& q) {
  const std::string method = call.config().text("method", "linear");
  Places places;
  for (const double one : q) places.add(place_of(one, sample.size, method));
  const auto count = static_cast<std::int64_t>(q.size());
  return {take_last(call, sample.sorted, places.low), take_last(call, sample.sorted, places.high),
          Operand::array(call.path(), places.share, {count}, DType::kFloat32)};
}

/// Of the numbers alone, whose count is known only when the model runs: by tables for all counts.
Neighbours number_neighbours(LayerCall& call, const Sample& sample, const std::vector<double>& q) {
  constexpr std::int64_t kMostEntries = 1 << 24;
  const auto width = static_cast<std::int64_t>(q.size());
  const Shape table{checked_add<std::int64_t>(sample.size, 1), width};
  require(checked_mul(table[0], width) <= kMostEntries, ErrorCode::kUnsupported,
          "{} quantiles of {} elements that may be no numbers", width, sample.size);
  const std::string method = call.config().text("method", "linear");
  Places places;
  for (std::int64_t count = 0; count <= sample.size; ++count) {
    for (const double one : q) places.add(place_of(one, count, method));
  }
  const ValueId is_number =
      add_comparison(call, ComparisonKind::kEqual, sample.sorted, sample.sorted);
  const std::size_t last = call.shape(sample.sorted).rank() - 1;
  const ValueId count = call.add(ops::make_reduce(kernels::ReduceKind::kSum, {last}, false),
                                 {add_cast(call, DType::kInt32, is_number)});
  const auto look_up = [&](const std::vector<double>& column) {
    const Operand entries = Operand::array(call.path(), column, table, DType::kFloat32);
    return call.add(ops::make_lookup(entries.constant(call.path()), ops::NegativeRow::kIsNone),
                    {count});
  };
  const auto take = [&](const std::vector<double>& column) {
    const ValueId positions = add_cast(call, DType::kInt32, look_up(column));
    return call.add(ops::make_take_along(), {sample.sorted, positions});
  };
  return {take(places.low), take(places.high), look_up(places.share)};
}

/// Equal neighbours may be infinite, and have no mean then.
ValueId add_between(LayerCall& call, const Neighbours& near) {
  const ValueId share = as_value(call, near.share);
  const ValueId between =
      add_binary(call, BinaryKind::kAdd,
                 add_binary(call, BinaryKind::kMultiply, near.low, add_affine(call, -1, 1, share)),
                 add_binary(call, BinaryKind::kMultiply, near.high, share));
  return add_select(call, add_comparison(call, ComparisonKind::kEqual, near.low, near.high),
                    near.low, between);
}

/// With something that is no number, no quantile is one.
ValueId add_quantiles(LayerCall& call, const Sample& sample, const std::vector<double>& q) {
  const ValueId found = add_between(call, neighbours(call, sample, q));
  const ValueId last = take_last(call, sample.sorted, {static_cast<double>(sample.size - 1)});
  return add_select(call, add_comparison(call, ComparisonKind::kNotEqual, last, last),
                    Operand::real(std::nan("")), found);
}

ValueId add_number_quantiles(LayerCall& call, const Sample& sample, const std::vector<double>& q) {
  return add_between(call, number_neighbours(call, sample, q));
}

using AddQuantiles = ValueId (*)(LayerCall&, const Sample&, const std::vector<double>&);

/// Several quantiles lie along a new first axis.
ValueId add_all(LayerCall& call, AddQuantiles add, const NumberArray& q) {
  for (const double one : q.values) {
    require(one >= 0 && one <= 1, ErrorCode::kInvalidArgument, "there is no quantile {}", one);
  }
  const Sample sample = sample_of(call);
  const ValueId found = add(call, sample, q.values);
  if (q.shape.empty()) return add_reshape(call, found, sample.result);
  std::vector<std::size_t> permutation = all_axes(call.shape(found).rank());
  std::rotate(permutation.begin(), permutation.end() - 1, permutation.end());
  Shape target{static_cast<std::int64_t>(q.values.size())};
  for (const std::int64_t size : sample.result) target.push_back(size);
  return add_reshape(call, add_transpose(call, found, std::move(permutation)), target);
}

template <AddQuantiles kAdd>
std::vector<ValueId> median(LayerCall& call) {
  return {add_all(call, kAdd, {{0.5}, {}, DType::kFloat32, true})};
}

NumberArray given_quantiles(LayerCall& call) {
  const Json* given = find_argument(call, 1, {"q"});
  const std::optional<NumberArray> q = given == nullptr ? std::nullopt : parse_numbers(*given);
  require(q.has_value() && q->shape.rank() <= 1, ErrorCode::kUnsupported,
          "quantiles that are computed are not supported");
  return *q;
}

std::vector<ValueId> quantile(LayerCall& call) {
  return {add_all(call, add_quantiles, given_quantiles(call))};
}

/// Of q = 1 in `kWhole` parts. Keras has them in single precision here, which may make another
/// element the next higher one.
template <AddQuantiles kAdd, int kWhole>
std::vector<ValueId> rounded_quantile(LayerCall& call) {
  NumberArray q = given_quantiles(call);
  for (double& one : q.values) one = static_cast<float>(one) / static_cast<float>(kWhole);
  return {add_all(call, kAdd, q)};
}

}  // namespace

void register_operations_quantile(Registry& registry) {
  registry.add_operation("Median", median<add_quantiles>);
  registry.add_operation("Quantile", quantile);
  registry.add_operation("Percentile", rounded_quantile<add_quantiles, 100>);
  registry.add_operation("Nanmedian", median<add_number_quantiles>);
  registry.add_operation("Nanquantile", rounded_quantile<add_number_quantiles, 1>);
  registry.add_operation("Nanpercentile", rounded_quantile<add_number_quantiles, 100>);
}

}  // namespace weir::layers
