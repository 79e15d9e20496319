#include <initializer_list>

#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/registry.h"
#include "ops/unary.h"

/// Special functions, as polynomials, and what else has no kernel of its own.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ComparisonKind;
using kernels::UnaryKind;

ValueId apply(LayerCall& call, UnaryKind kind, ValueId x) {
  return call.add(ops::make_unary({kind}), {x});
}

ValueId multiply(LayerCall& call, ValueId a, ValueId b) {
  return add_binary(call, BinaryKind::kMultiply, a, b);
}

/// A polynomial in x, whose highest coefficient comes first, by Horner's rule.
ValueId add_polynomial(LayerCall& call, ValueId x, std::initializer_list<double> coefficients) {
  const double* next = coefficients.begin();
  ValueId sum = add_affine(call, next[0], next[1], x);
  for (next += 2; next != coefficients.end(); ++next) {
    sum = add_affine(call, 1, *next, multiply(call, sum, x));
  }
  return sum;
}

/// By M. Giles' approximation, "Approximating the erfinv function" (2011): the centre and the tails
/// as polynomials in w = -log(1 - x^2), and in its root.
std::vector<ValueId> inverse_error(LayerCall& call) {
  const ValueId x = as_float(call, first_input(call));
  // Near one, 1 - x is exact, where x^2 would lose what counts.
  const ValueId rest = multiply(call, add_affine(call, -1, 1, x), add_affine(call, 1, 1, x));
  const ValueId w = add_affine(call, -1, 0, apply(call, UnaryKind::kLog, rest));
  const ValueId centre =
      add_polynomial(call, add_affine(call, 1, -2.5, w),
                     {2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06,
                      0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941});
  const ValueId tail =
      add_polynomial(call, add_affine(call, 1, -3, apply(call, UnaryKind::kSqrt, w)),
                     {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                      -0.0076224613, 0.00943887047, 1.00167406, 2.83297682});
  const ValueId is_central = add_comparison(call, ComparisonKind::kLess, w, Operand::real(5));
  const ValueId ratio = add_select(call, is_central, centre, tail);
  // At one and minus one w is infinite, and no value of a polynomial. 20: of no number below one.
  const ValueId is_inside = add_comparison(call, ComparisonKind::kLess, w, Operand::real(20));
  return {multiply(call, x, add_select(call, is_inside, ratio, w))};
}

/// The modified Bessel function of order 0, by Abramowitz and Stegun, 9.8.1 and 9.8.2.
std::vector<ValueId> bessel_i0(LayerCall& call) {
  constexpr double kBorder = 3.75;
  const ValueId x = apply(call, UnaryKind::kAbs, as_float(call, first_input(call)));
  const ValueId ratio = add_affine(call, 1 / kBorder, 0, x);
  const ValueId near =
      add_polynomial(call, apply(call, UnaryKind::kSquare, ratio),
                     {0.0045813, 0.0360768, 0.2659732, 1.2067492, 3.0899424, 3.5156229, 1.0});
  const ValueId series =
      add_polynomial(call, apply(call, UnaryKind::kReciprocal, ratio),
                     {0.00392377, -0.01647633, 0.02635537, -0.02057706, 0.00916281, -0.00157565,
                      0.00225319, 0.01328592, 0.39894228});
  const ValueId far = multiply(call, multiply(call, series, apply(call, UnaryKind::kExp, x)),
                               apply(call, UnaryKind::kRsqrt, x));
  const ValueId is_near = add_comparison(call, ComparisonKind::kLess, x, Operand::real(kBorder));
  return {add_select(call, is_near, near, far)};
}

}  // namespace

void register_operations_special(Registry& registry) {
  registry.add_operation("Erfinv", inverse_error);
  registry.add_operation("I0", bessel_i0);
}

}  // namespace weir::layers
