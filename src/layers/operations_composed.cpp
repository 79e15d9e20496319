#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/reducing.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/reduce.h"
#include "ops/unary.h"

/// Element-wise operations of keras.ops that are made of others.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ComparisonKind;
using kernels::UnaryKind;

constexpr double kLog2 = std::numbers::ln2;

ValueId float_input(LayerCall& call) { return as_float(call, first_input(call)); }

ValueId apply(LayerCall& call, UnaryKind kind, ValueId x) {
  return call.add(ops::make_unary({kind}), {x});
}

ValueId multiply(LayerCall& call, const Operand& a, const Operand& b) {
  return add_binary(call, BinaryKind::kMultiply, a, b);
}

ValueId is(LayerCall& call, ComparisonKind kind, const Operand& a, const Operand& b) {
  return add_comparison(call, kind, a, b);
}

/// The two operands in floats.
std::array<Operand, 2> float_pair(LayerCall& call) {
  return {float_operand(call, 0, {"x1"}), float_operand(call, 1, {"x2"})};
}

ValueId difference(LayerCall& call, const std::array<Operand, 2>& pair) {
  return add_binary(call, BinaryKind::kSubtract, pair[0], pair[1]);
}

std::vector<ValueId> unchanged(LayerCall& call) { return {first_input(call)}; }

std::vector<ValueId> to_radians(LayerCall& call) {
  return {add_affine(call, std::numbers::pi / 180, 0, float_input(call))};
}

std::vector<ValueId> to_degrees(LayerCall& call) {
  return {add_affine(call, 180 / std::numbers::pi, 0, float_input(call))};
}

std::vector<ValueId> cube_root(LayerCall& call) {
  const ValueId x = float_input(call);
  const ValueId root =
      add_binary(call, BinaryKind::kPower, apply(call, UnaryKind::kAbs, x), Operand::real(1.0 / 3));
  return {multiply(call, apply(call, UnaryKind::kSign, x), root)};
}

/// sin(pi x) / (pi x)
std::vector<ValueId> sinc(LayerCall& call) {
  const ValueId x = add_affine(call, std::numbers::pi, 0, float_input(call));
  const ValueId quotient = add_division(call, apply(call, UnaryKind::kSin, x), x);
  return {add_select(call, is(call, ComparisonKind::kEqual, x, Operand::real(0)), Operand::real(1),
                     quotient)};
}

std::vector<ValueId> complementary_error(LayerCall& call) {
  return {add_affine(call, -1, 1, apply(call, UnaryKind::kErf, float_input(call)))};
}

/// The reciprocal tells -0 from 0.
std::vector<ValueId> sign_bit(LayerCall& call) {
  const ValueId x = float_input(call);
  const ValueId reciprocal = apply(call, UnaryKind::kReciprocal, x);
  return {is(call, ComparisonKind::kOr, is(call, ComparisonKind::kLess, x, Operand::real(0)),
             is(call, ComparisonKind::kLess, reciprocal, Operand::real(0)))};
}

/// Of a real number: 0, or pi where it is negative.
std::vector<ValueId> angle(LayerCall& call) {
  const ValueId x = float_input(call);
  return {add_select(call, is(call, ComparisonKind::kLess, x, Operand::real(0)),
                     Operand::real(std::numbers::pi), Operand::real(0))};
}

/// By the ratio of the shorter side to the longer one: squares may be more than a float holds.
std::vector<ValueId> hypotenuse(LayerCall& call) {
  const auto [a, b] = float_pair(call);
  const ValueId x = apply(call, UnaryKind::kAbs, as_value(call, a));
  const ValueId y = apply(call, UnaryKind::kAbs, as_value(call, b));
  const ValueId longer = add_binary(call, BinaryKind::kMaximum, x, y);
  const ValueId quotient = add_division(call, add_binary(call, BinaryKind::kMinimum, x, y), longer);
  const ValueId ratio = add_select(call, is(call, ComparisonKind::kEqual, longer, Operand::real(0)),
                                   Operand::real(0), quotient);
  const ValueId sum = add_affine(call, 1, 1, apply(call, UnaryKind::kSquare, ratio));
  return {multiply(call, longer, apply(call, UnaryKind::kSqrt, sum))};
}

/// log(b^x1 + b^x2) to the base b, whose logarithm is `log_base`: the larger one, and what the
/// smaller one adds. Equal ones may be infinite, where their difference is not a number.
ValueId add_log_of_sum(LayerCall& call, double log_base) {
  const std::array<Operand, 2> pair = float_pair(call);
  const ValueId distance = apply(call, UnaryKind::kAbs, difference(call, pair));
  const ValueId share = apply(call, UnaryKind::kExp, add_affine(call, -log_base, 0, distance));
  const ValueId added = add_affine(call, 1 / log_base, 0, apply(call, UnaryKind::kLog1p, share));
  const ValueId larger = add_binary(call, BinaryKind::kMaximum, pair[0], pair[1]);
  return add_select(call, is(call, ComparisonKind::kEqual, pair[0], pair[1]),
                    add_affine(call, 1, kLog2 / log_base, larger),
                    add_binary(call, BinaryKind::kAdd, larger, added));
}

std::vector<ValueId> log_of_sum_of_powers_of_e(LayerCall& call) {
  return {add_log_of_sum(call, 1)};
}

std::vector<ValueId> log_of_sum_of_powers_of_2(LayerCall& call) {
  return {add_log_of_sum(call, kLog2)};
}

/// 0 below 0, 1 above, and x2 at 0 and for what is not a number.
std::vector<ValueId> heaviside(LayerCall& call) {
  const auto [x, at_zero] = float_pair(call);
  const ValueId right = add_select(call, is(call, ComparisonKind::kGreater, x, Operand::real(0)),
                                   Operand::real(1), at_zero);
  return {add_select(call, is(call, ComparisonKind::kLess, x, Operand::real(0)), Operand::real(0),
                     right)};
}

/// How `isclose` and `allclose` of Keras take infinite numbers: by the arithmetic alone, by which
/// any number is close to an infinite one and that not to itself; or as equal or not.
enum class Infinite { kByArithmetic, kByEquality };

bool is_float_function(LayerCall& call) {
  const Operand a = operand_of(call, 0, {"x1"});
  const Operand b = operand_of(call, 1, {"x2"});
  return promoted(call, {&a, &b}) == DType::kFloat32;
}

/// Element by element, within a tolerance; whole numbers are equal or not.
ValueId add_is_close(LayerCall& call, Infinite infinite) {
  if (!is_float_function(call)) {
    return is(call, ComparisonKind::kEqual, operand_of(call, 0, {"x1"}),
              operand_of(call, 1, {"x2"}));
  }
  const auto given = [&](std::size_t position, const char* name, double otherwise) {
    const std::optional<Operand> operand = find_operand(call, position, {name});
    if (operand) return operand->as_number().value_or(otherwise);
    return call.config().number(name, otherwise);
  };
  const std::array<Operand, 2> pair = float_pair(call);
  const ValueId size = apply(call, UnaryKind::kAbs, as_value(call, pair[1]));
  const ValueId tolerance = add_affine(call, given(2, "rtol", 1e-5), given(3, "atol", 1e-8), size);
  const ValueId distance = apply(call, UnaryKind::kAbs, difference(call, pair));
  ValueId close = is(call, ComparisonKind::kLessEqual, distance, tolerance);
  if (infinite == Infinite::kByEquality) {
    const ValueId is_finite = is(call, ComparisonKind::kLess, size,
                                 Operand::real(std::numeric_limits<double>::infinity()));
    close = is(call, ComparisonKind::kOr, is(call, ComparisonKind::kAnd, is_finite, close),
               is(call, ComparisonKind::kEqual, pair[0], pair[1]));
  }
  if (!call.config().boolean("equal_nan", false)) return close;
  const auto is_nan = [&](const Operand& x) {
    const ValueId value = as_value(call, x);
    return is(call, ComparisonKind::kNotEqual, value, value);
  };
  return is(call, ComparisonKind::kOr, close,
            is(call, ComparisonKind::kAnd, is_nan(pair[0]), is_nan(pair[1])));
}

std::vector<ValueId> is_close(LayerCall& call) {
  return {add_is_close(call, Infinite::kByArithmetic)};
}

std::vector<ValueId> are_all_close(LayerCall& call) {
  return {add_reduce(call, kernels::ReduceKind::kAll, add_is_close(call, Infinite::kByEquality))};
}

/// x1 * 2^x2
std::vector<ValueId> load_exponent(LayerCall& call) {
  const auto [x, exponent] = float_pair(call);
  require(exponent.value().has_value(), ErrorCode::kUnsupported, "an exponent that is constant");
  return {multiply(call, x, apply(call, UnaryKind::kExp2, *exponent.value()))};
}

/// The remainder of the dividend's sign, as in C: that of the magnitudes, which is exact.
std::vector<ValueId> c_remainder(LayerCall& call) {
  const bool is_float = is_float_function(call);
  const DType type = is_float ? DType::kFloat32 : DType::kInt32;
  const Operand zero = Operand::number(0, !is_float);
  const auto negative = [&](ValueId x) { return add_binary(call, BinaryKind::kSubtract, zero, x); };
  const auto magnitude = [&](ValueId x) {
    return add_binary(call, BinaryKind::kMaximum, x, negative(x));
  };
  const auto typed = [&](const Operand& x) { return add_cast(call, type, as_value(call, x)); };
  const ValueId dividend = typed(operand_of(call, 0, {"x1"}));
  const ValueId divisor = typed(operand_of(call, 1, {"x2"}));
  const ValueId rest = add_binary(call, BinaryKind::kMod, magnitude(dividend), magnitude(divisor));
  return {add_select(call, is(call, ComparisonKind::kLess, dividend, zero), negative(rest), rest)};
}

/// The weighted mean along axes; the weights have the tensor's shape, or are one for each position.
std::vector<ValueId> average(LayerCall& call) {
  const ValueId x = float_input(call);
  const std::optional<Operand> weights = find_operand(call, 1, {"weights"});
  if (!weights) return {add_reduce(call, kernels::ReduceKind::kMean, x)};
  Operand aligned = *weights;
  if (const std::optional<ValueId> value = weights->value()) {
    require(call.shape(*value) == call.shape(x), ErrorCode::kUnsupported,
            "weights of another shape than the tensor's are not supported");
    aligned = as_float(call, *value);
  } else {
    const Shape shape = weights->constant(call.path()).shape;
    const std::size_t axis = to_axis(call.config().integer("axis", -1), call.shape(x).rank());
    require(shape.rank() == 1 && axis + 1 == call.shape(x).rank(), ErrorCode::kUnsupported,
            "constant weights along another axis than the last are not supported");
  }
  const ValueId ones = add_affine(call, 0, 1, x);
  return {add_division(call,
                       add_reduce(call, kernels::ReduceKind::kSum, multiply(call, x, aligned)),
                       add_reduce(call, kernels::ReduceKind::kSum, multiply(call, ones, aligned)))};
}

}  // namespace

void register_operations_composed(Registry& registry) {
  registry.add_operation("AllClose", are_all_close);
  registry.add_operation("Angle", angle);
  registry.add_operation("Average", average);
  registry.add_operation("Cbrt", cube_root);
  registry.add_operation("Conj", unchanged);
  registry.add_operation("Conjugate", unchanged);
  registry.add_operation("Deg2rad", to_radians);
  registry.add_operation("Erfc", complementary_error);
  registry.add_operation("Fmod", c_remainder);
  registry.add_operation("Heaviside", heaviside);
  registry.add_operation("Hypot", hypotenuse);
  registry.add_operation("Isclose", is_close);
  registry.add_operation("Ldexp", load_exponent);
  registry.add_operation("Logaddexp", log_of_sum_of_powers_of_e);
  registry.add_operation("Logaddexp2", log_of_sum_of_powers_of_2);
  registry.add_operation("Rad2deg", to_degrees);
  registry.add_operation("Real", unchanged);
  registry.add_operation("Signbit", sign_bit);
  registry.add_operation("Sinc", sinc);
}

}  // namespace weir::layers
