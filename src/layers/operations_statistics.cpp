#include <algorithm>
#include <array>
#include <numeric>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/last_axes.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/batch_matmul.h"
#include "ops/bounds_check.h"
#include "ops/category_counts.h"
#include "ops/concat.h"
#include "ops/gather.h"
#include "ops/pad.h"
#include "ops/reduce.h"
#include "ops/unary.h"

/// Operations of keras.ops that count elements, or say how series of them go together.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ComparisonKind;
using kernels::ReduceKind;
using kernels::UnaryKind;

constexpr std::int64_t kMostElements = 1 << 24;  // A constant larger than this is a mistake.

ValueId subtract(LayerCall& call, const Operand& a, const Operand& b) {
  return add_binary(call, BinaryKind::kSubtract, a, b);
}

ValueId multiply(LayerCall& call, const Operand& a, const Operand& b) {
  return add_binary(call, BinaryKind::kMultiply, a, b);
}

ValueId along_last(LayerCall& call, ReduceKind kind, ValueId x) {
  const std::size_t last = call.shape(x).rank() - 1;
  return call.add(ops::make_reduce(kind, {last}, /*keeps_axes=*/true), {x});
}

/// 0, 1, 2, …
Operand counting(LayerCall& call, std::int64_t count) {
  require(count > 0 && count <= kMostElements, ErrorCode::kUnsupported, "{} bins", count);
  std::vector<double> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0.0);
  return Operand::array(call.path(), numbers, {count}, DType::kInt32);
}

/// How often each number below `bins` is among those along the last axis.
ValueId count_along_last(LayerCall& call, ValueId numbers, std::int64_t bins) {
  Shape shape = call.shape(numbers);
  const Shape rows = shape.rank() == 1 ? Shape{1, shape[0]} : shape;
  const ValueId counts =
      call.add(ops::make_category_counts({.categories = bins}), {add_reshape(call, numbers, rows)});
  shape[shape.rank() - 1] = bins;
  return add_reshape(call, counts, shape);
}

/// The weights of the elements along the last axis, summed for each number.
ValueId sum_along_last(LayerCall& call, ValueId numbers, const Operand& weights,
                       std::int64_t bins) {
  Shape column = call.shape(numbers);
  column.push_back(1);
  const ValueId given = as_value(call, weights);
  require(call.shape(given) == call.shape(numbers), ErrorCode::kInvalidArgument,
          "weights {} do not fit the shape {}", to_string(call.shape(given)),
          to_string(call.shape(numbers)));
  const ValueId is_bin = add_comparison(call, ComparisonKind::kEqual,
                                        add_reshape(call, numbers, column), counting(call, bins));
  const ValueId parts = add_select(call, is_bin, add_reshape(call, given, column),
                                   Operand::number(0, /*is_integer=*/true));
  return call.add(ops::make_reduce(ReduceKind::kSum, {column.rank() - 2}, false), {parts});
}

/// The result has as many numbers as the largest element asks for, at least `minlength`: only the
/// latter is known.
std::vector<ValueId> bin_counts(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  require(!config.boolean("sparse", false), ErrorCode::kUnsupported,
          "a sparse tensor of counts is not supported");
  const std::int64_t bins = config.has("minlength") ? config.integer("minlength", 0) : 0;
  require(bins > 0 && bins <= kMostElements, ErrorCode::kUnsupported,
          "the number of counts depends on the elements; give a minlength that is larger than all "
          "of them");
  ValueId x = add_cast(call, DType::kInt32, first_input(call));
  // TensorFlow counts all elements where it is given no axis.
  if (settings.contains("axis") && !config.has("axis")) x = add_reshape(call, x, {Shape::kFree});
  require(!call.shape(x).empty(), ErrorCode::kInvalidArgument, "counts of one number");
  x = call.add(ops::make_bounds_check(bins,
                                      "give a larger minlength, which Weir takes for the "
                                      "number of counts"),
               {x});
  if (!config.has("weights")) return {count_along_last(call, x, bins)};
  return {sum_along_last(call, x, to_operand(call, settings["weights"]), bins)};
}

/// What a histogram goes from and to.
std::array<ValueId, 2> ends_of(LayerCall& call, ValueId x) {
  if (!call.config().has("range")) {
    return {along_last(call, ReduceKind::kMinimum, x), along_last(call, ReduceKind::kMaximum, x)};
  }
  const std::vector<double> range = call.config().numbers("range");
  require(range.size() == 2, ErrorCode::kMalformed, "a range of {} numbers", range.size());
  const auto end = [&](double number) {
    return as_value(call, Operand::array(call.path(), {number}, {1}, DType::kFloat32));
  };
  return {end(range[0]), end(range[1])};
}

/// The counts of the bins, and their edges. All but the last bin are without their upper edge.
std::vector<ValueId> histogram(LayerCall& call) {
  const ValueId given = as_number(call, first_input(call));
  const DType dtype = call.type(given).dtype;
  const ValueId x = as_float(call, given);
  const std::int64_t bins = call.config().integer("bins", 10);
  require(call.shape(x).rank() == 1, ErrorCode::kInvalidArgument, "a histogram of the shape {}",
          to_string(call.shape(x)));
  const auto [low, high] = ends_of(call, x);
  const ValueId numbers = add_cast(call, DType::kFloat32, as_value(call, counting(call, bins)));
  const ValueId width =
      add_division(call, subtract(call, high, low), Operand::real(static_cast<double>(bins)));
  const ValueId lower = add_binary(call, BinaryKind::kAdd, multiply(call, numbers, width), low);
  const auto as_given = [&](ValueId value) { return add_cast(call, dtype, value); };
  const ValueId begins = as_given(lower);
  const ValueId is_behind = add_comparison(call, ComparisonKind::kLessEqual, begins,
                                           add_reshape(call, as_given(x), {Shape::kFree, 1}));
  const ValueId passed = call.add(ops::make_reduce(ReduceKind::kSum, {1}, false),
                                  {add_cast(call, DType::kInt32, is_behind)});
  const ValueId bin = add_select(call, add_comparison(call, ComparisonKind::kLessEqual, x, high),
                                 passed, Operand::number(0, /*is_integer=*/true));
  const ValueId place = subtract(call, bin, Operand::number(1, /*is_integer=*/true));
  return {as_given(count_along_last(call, place, bins)),
          call.add(ops::make_concat(0), {begins, as_given(high)})};
}

/// Of the rows of a matrix with each other.
std::vector<ValueId> correlation_coefficients(LayerCall& call) {
  const ValueId x = as_float(call, first_input(call));
  require(call.shape(x).rank() == 2, ErrorCode::kUnsupported,
          "correlations of the rows of a shape {}, which is not that of a matrix",
          to_string(call.shape(x)));
  const ValueId centred = subtract(call, x, along_last(call, ReduceKind::kMean, x));
  const ValueId sums = along_last(call, ReduceKind::kSum, multiply(call, centred, centred));
  const ValueId rows =
      add_division(call, centred, call.add(ops::make_unary({UnaryKind::kSqrt}), {sums}));
  const ValueId products =
      call.add(ops::make_batch_matmul(), {rows, add_transpose(call, rows, {1, 0})});
  return {call.add(ops::make_unary(kernels::clip(-1.0F, 1.0F)), {products})};
}

/// Which part of the sums over all overlaps of two lists a mode wants: from where, and how many.
std::array<std::int64_t, 2> overlaps(const std::string& mode, std::int64_t n, std::int64_t m) {
  const auto [shorter, longer] = std::minmax(n, m);
  if (mode == "full") return {0, n + m - 1};
  if (mode == "same") return {(shorter - 1) / 2, longer};
  require(mode == "valid", ErrorCode::kMalformed, "the mode '{}'", mode);
  return {shorter - 1, longer - shorter + 1};
}

/// Sums of products of one list with another that slides along it, as a matrix of the parts times
/// the other.
std::vector<ValueId> correlate(LayerCall& call) {
  const ValueId x = as_value(call, float_operand(call, 0, {"x1"}));
  const ValueId y = as_value(call, float_operand(call, 1, {"x2"}));
  require(call.shape(x).rank() == 1 && call.shape(y).rank() == 1 && call.shape(x).elements() > 0 &&
              call.shape(y).elements() > 0,
          ErrorCode::kInvalidArgument, "a correlation of the shapes {} and {}",
          to_string(call.shape(x)), to_string(call.shape(y)));
  const std::int64_t m = call.shape(y)[0];
  const auto [first, count] = overlaps(call.config().text("mode", "valid"), call.shape(x)[0], m);
  require(checked_mul(count, m) <= kMostElements, ErrorCode::kUnsupported,
          "a correlation of {} and {} elements", call.shape(x)[0], m);
  const ValueId padded = call.add(ops::make_pad({{m - 1, m - 1}}), {x});
  std::vector<std::int64_t> places;
  for (std::int64_t i = first; i < first + count; ++i) {
    for (std::int64_t j = 0; j < m; ++j) places.push_back(i + j);
  }
  const ValueId parts =
      add_reshape(call, call.add(ops::make_take(0, std::move(places)), {padded}), {count, m});
  const ValueId sums = call.add(ops::make_batch_matmul(), {parts, add_reshape(call, y, {m, 1})});
  return {add_reshape(call, sums, {count})};
}

/// All elements of the last axis but one at its beginning, and but one at its end.
std::array<ValueId, 2> neighbours(LayerCall& call, ValueId x) {
  const std::size_t last = call.shape(x).rank() - 1;
  const std::int64_t count = std::max<std::int64_t>(call.shape(x).back() - 1, 0);
  return {add_part(call, x, {last, 1, 1, count}), add_part(call, x, {last, 0, 1, count})};
}

/// The axis that the config names as the last.
ValueId with_axis_last(LayerCall& call, ValueId x) {
  const std::size_t rank = call.shape(x).rank();
  return move_last(call, x, {to_axis(call.config().integer("axis", -1), rank)}).value;
}

/// Where the heights are, or how far they are from each other.
Operand distances(LayerCall& call) {
  const Json settings = settings_of(call);
  if (!Config(settings).has("x")) return to_operand(call, settings.value("dx", Json(1.0)));
  const ValueId x = as_float(call, as_value(call, to_operand(call, settings["x"])));
  const bool is_list = call.shape(x).rank() == 1;
  const auto [later, earlier] = neighbours(call, is_list ? x : with_axis_last(call, x));
  return subtract(call, later, earlier);
}

/// The integral of heights along an axis by the trapezoidal rule.
std::vector<ValueId> trapezoid(LayerCall& call) {
  const auto [later, earlier] =
      neighbours(call, with_axis_last(call, as_float(call, first_input(call))));
  const ValueId heights =
      add_affine(call, 0.5, 0, add_binary(call, BinaryKind::kAdd, later, earlier));
  const std::size_t last = call.shape(heights).rank() - 1;
  return {call.add(ops::make_reduce(ReduceKind::kSum, {last}, false),
                   {multiply(call, heights, distances(call))})};
}

}  // namespace

void register_operations_statistics(Registry& registry) {
  registry.add_operation("Bincount", bin_counts);
  registry.add_operation("Histogram", histogram);
  registry.add_operation("Corrcoef", correlation_coefficients);
  registry.add_operation("Correlate", correlate);
  registry.add_operation("Trapezoid", trapezoid);
}

}  // namespace weir::layers
