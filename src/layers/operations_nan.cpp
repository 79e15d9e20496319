#include <array>
#include <cmath>
#include <limits>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/reducing.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/reduce.h"
#include "ops/unary.h"

/// Operations of keras.ops that look for what is not a number, or not finite.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ComparisonKind;
using kernels::ReduceKind;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Only NaN differs from itself.
ValueId is_nan(LayerCall& call, ValueId x) {
  return add_comparison(call, ComparisonKind::kNotEqual, x, x);
}

ValueId without_nan(LayerCall& call, ValueId x, double instead) {
  return add_select(call, is_nan(call, x), Operand::real(instead), x);
}

ValueId float_input(LayerCall& call) { return as_float(call, first_input(call)); }

/// Whole numbers are all numbers, and stay whole.
bool is_whole(const LayerCall& call, const Operand& x) { return x.dtype(call) != DType::kFloat32; }

/// What a reduction leaves alone, in the place of NaN.
constexpr double neutral_element(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kProduct:
      return 1.0;
    case ReduceKind::kMaximum:
      return -kInfinity;
    case ReduceKind::kMinimum:
      return kInfinity;
    default:
      return 0.0;
  }
}

template <ReduceKind kKind>
std::vector<ValueId> reduction(LayerCall& call) {
  const ValueId whole = first_input(call);
  if (is_whole(call, whole)) return {add_reduce(call, kKind, whole)};
  return {add_reduce(call, kKind, without_nan(call, float_input(call), neutral_element(kKind)))};
}

/// An extreme of nothing but NaN is NaN.
template <ReduceKind kKind>
std::vector<ValueId> extreme(LayerCall& call) {
  const ValueId x = first_input(call);
  if (is_whole(call, x)) return {add_reduce(call, kKind, x)};
  const ValueId found = add_reduce(call, kKind, without_nan(call, x, neutral_element(kKind)));
  return {add_select(call, add_reduce(call, ReduceKind::kAll, is_nan(call, x)),
                     Operand::real(std::nan("")), found)};
}

/// The sum of what is a number by how many there are.
ValueId add_mean(LayerCall& call, ValueId x, ValueId nan) {
  const ValueId present = add_select(call, nan, Operand::real(0), Operand::real(1));
  return add_division(
      call, add_reduce(call, ReduceKind::kSum, add_select(call, nan, Operand::real(0), x)),
      add_reduce(call, ReduceKind::kSum, present));
}

std::vector<ValueId> mean(LayerCall& call) {
  const ValueId x = float_input(call);
  return {add_mean(call, x, is_nan(call, x))};
}

/// The mean square of what is a number, without the mean.
ValueId add_variance(LayerCall& call) {
  const ValueId x = float_input(call);
  const ValueId nan = is_nan(call, x);
  const Json settings = settings_of(call);
  const std::vector<std::size_t> axes = axes_or_all(Config(settings), "axis", call.shape(x).rank());
  const auto sum = [&](ValueId value) {
    return call.add(ops::make_reduce(ReduceKind::kSum, axes, /*keeps_axes=*/true), {value});
  };
  const ValueId present = add_select(call, nan, Operand::real(0), Operand::real(1));
  const ValueId numbers = add_select(call, nan, Operand::real(0), x);
  const ValueId centre = add_division(call, sum(numbers), sum(present));
  const ValueId distance =
      add_select(call, nan, Operand::real(0), add_binary(call, BinaryKind::kSubtract, x, centre));
  const ValueId squares = add_binary(call, BinaryKind::kMultiply, distance, distance);
  return add_division(call, add_reduce(call, ReduceKind::kSum, squares),
                      add_reduce(call, ReduceKind::kSum, present));
}

std::vector<ValueId> variance(LayerCall& call) { return {add_variance(call)}; }

std::vector<ValueId> standard_deviation(LayerCall& call) {
  return {call.add(ops::make_unary({kernels::UnaryKind::kSqrt}), {add_variance(call)})};
}

/// -1 where nothing is a number.
template <ReduceKind kKind, ReduceKind kExtreme>
std::vector<ValueId> place_of_extreme(LayerCall& call) {
  const ValueId x = float_input(call);
  const ValueId place = add_reduce(call, kKind, without_nan(call, x, neutral_element(kExtreme)));
  return {add_select(call, add_reduce(call, ReduceKind::kAll, is_nan(call, x)),
                     Operand::number(-1, /*is_integer=*/true), place)};
}

constexpr double kLargest = std::numeric_limits<float>::max();

/// What stands for what is not a number, and for the infinite ones.
struct Replacements {
  double nan = 0;
  double positive = kLargest;
  double negative = -kLargest;
};

ValueId replaced(LayerCall& call, const Replacements& by) {
  ValueId x = without_nan(call, float_input(call), by.nan);
  const auto replace = [&](double infinity, double instead) {
    x = add_select(call, add_comparison(call, ComparisonKind::kEqual, x, Operand::real(infinity)),
                   Operand::real(instead), x);
  };
  replace(kInfinity, by.positive);
  replace(-kInfinity, by.negative);
  return x;
}

/// As Keras has it, infinite numbers become the largest ones too.
template <kernels::ScanKind kKind>
std::vector<ValueId> scan(LayerCall& call) {
  constexpr double kNeutral = kKind == kernels::ScanKind::kSum ? 0 : 1;
  const ValueId whole = first_input(call);
  if (is_whole(call, whole)) return {add_scan(call, kKind, as_number(call, whole))};
  return {add_scan(call, kKind, replaced(call, {.nan = kNeutral}))};
}

std::vector<ValueId> nan_to_num(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  if (is_whole(call, first_input(call))) return {first_input(call)};
  return {replaced(call, {config.number("nan", 0.0), config.number("posinf", kLargest),
                          config.number("neginf", -kLargest)})};
}

template <int kSign>
std::vector<ValueId> is_infinite(LayerCall& call) {
  return {add_comparison(call, ComparisonKind::kEqual, float_input(call),
                         Operand::real(kSign * kInfinity))};
}

/// Where the divisor is 0 the result is.
std::vector<ValueId> divide_no_nan(LayerCall& call) {
  const Operand divisor = float_operand(call, 1, {"x2"});
  const ValueId quotient = add_division(call, float_operand(call, 0, {"x1"}), divisor);
  if (!divisor.value())
    return {divisor.as_number() == 0.0 ? add_affine(call, 0, 0, quotient) : quotient};
  return {add_select(call, add_comparison(call, ComparisonKind::kEqual, divisor, Operand::real(0)),
                     Operand::real(0), quotient)};
}

/// The extreme of two, of which one may be NaN.
template <BinaryKind kKind>
std::vector<ValueId> pairwise_extreme(LayerCall& call) {
  const Operand a = operand_of(call, 0, {"x1"});
  const Operand b = operand_of(call, 1, {"x2"});
  if (is_whole(call, a) && is_whole(call, b)) return {add_binary(call, kKind, a, b)};
  const std::array operands{float_operand(call, 0, {"x1"}), float_operand(call, 1, {"x2"})};
  ValueId result = add_binary(call, kKind, operands[0], operands[1]);
  for (std::size_t i = 0; i < 2; ++i) {
    if (!operands[i].value()) continue;
    result = add_select(call, is_nan(call, *operands[i].value()), operands[1 - i], result);
  }
  return {result};
}

}  // namespace

void register_operations_nan(Registry& registry) {
  registry.add_operation("Nansum", reduction<ReduceKind::kSum>);
  registry.add_operation("Nanprod", reduction<ReduceKind::kProduct>);
  registry.add_operation("Nanmax", extreme<ReduceKind::kMaximum>);
  registry.add_operation("Nanmin", extreme<ReduceKind::kMinimum>);
  registry.add_operation("Nanmean", mean);
  registry.add_operation("Nanvar", variance);
  registry.add_operation("Nanstd", standard_deviation);
  registry.add_operation("Nanargmax",
                         place_of_extreme<ReduceKind::kArgMaximum, ReduceKind::kMaximum>);
  registry.add_operation("Nanargmin",
                         place_of_extreme<ReduceKind::kArgMinimum, ReduceKind::kMinimum>);
  registry.add_operation("Nancumsum", scan<kernels::ScanKind::kSum>);
  registry.add_operation("Nancumprod", scan<kernels::ScanKind::kProduct>);
  registry.add_operation("NanToNum", nan_to_num);
  registry.add_operation("Isposinf", is_infinite<1>);
  registry.add_operation("Isneginf", is_infinite<-1>);
  registry.add_operation("DivideNoNan", divide_no_nan);
  registry.add_operation("Fmax", pairwise_extreme<BinaryKind::kMaximum>);
  registry.add_operation("Fmin", pairwise_extreme<BinaryKind::kMinimum>);
}

}  // namespace weir::layers
