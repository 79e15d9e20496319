// Elementary functions of a vector of floats, good to about 2 units in the last place and right at
// zeros, infinities and NaN. Highway's own (contrib/math) lose NaN and overflow past the range of
// exp, which predictions must not. Polynomials are minimax fits made for Weir, the error next to
// each; reductions keep their low parts so that they hold without FMA too.
//
// Per-target header: included again for every instruction set.

#if defined(WEIR_KERNELS_SIMD_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEIR_KERNELS_SIMD_MATH_INL_H_
#undef WEIR_KERNELS_SIMD_MATH_INL_H_
#else
#define WEIR_KERNELS_SIMD_MATH_INL_H_
#endif

#include <hwy/highway.h>

#include <limits>

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// c0 + x (c1 + x (c2 + …)).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Horner(D d, V /*x*/, float last) {
  return hn::Set(d, last);
}
template <class D, class V = hn::Vec<D>, class... Rest>
HWY_INLINE V Horner(D d, V x, float first, float second, Rest... rest) {
  return hn::MulAdd(Horner(d, x, second, rest...), x, hn::Set(d, first));
}

/// min(max(x, low), high), except that NaN stays NaN.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V ClampOf(D d, V x, float low, float high) {
  const V lo = hn::Set(d, low);
  const V hi = hn::Set(d, high);
  x = hn::IfThenElse(hn::Lt(x, lo), lo, x);
  return hn::IfThenElse(hn::Gt(x, hi), hi, x);
}

/// 2^n for n in [-126, 127].
template <class D, class VI>
HWY_INLINE hn::Vec<D> PowerOfTwo(D d, VI n) {
  const hn::RebindToSigned<D> di;
  return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(n, hn::Set(di, 127))));
}

/// exp(x) = 2^n (1 + p), |p| < 0.42, with 2^n in two factors so that results from the least
/// denormal to the overflow come out right.
template <class D>
struct ExpParts {
  hn::Vec<D> p;
  hn::Vec<D> factor1;
  hn::Vec<D> factor2;
};

/// (exp(s r) - 1 - s r) / r^2 on |r| <= ln(2) / 2, for a sign s; 3.1e-9 of exp(s r).
template <int kSign = 1, class D, class V = hn::Vec<D>>
HWY_INLINE V ExpTail(D d, V r) {
  return Horner(d, r, 0.49999994F, kSign * 0.166665211F, 0.0416682661F, kSign * 0.00836867746F,
                0.00138207339F);
}

/// The parts of exp(x).
template <class D, class V = hn::Vec<D>>
HWY_INLINE ExpParts<D> SplitExp(D d, V x) {
  const hn::RebindToSigned<D> di;
  x = ClampOf(d, x, -104.0F, 89.0F);  // Where exp is 0 and infinity.
  const V n = hn::Round(hn::Mul(x, hn::Set(d, 1.44269504F)));
  // ln 2 = 0.693359375 (nine bits, so that its product with n is exact) - 2.12194440e-4.
  const V r =
      hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4F), hn::NegMulAdd(n, hn::Set(d, 0.693359375F), x));
  const V q = ExpTail(d, r);
  const auto exponent = hn::ConvertTo(di, n);
  const auto half = hn::ShiftRight<1>(exponent);
  return {hn::MulAdd(hn::Mul(r, r), q, r), PowerOfTwo(d, half),
          PowerOfTwo(d, hn::Sub(exponent, half))};
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V ExpOf(D d, V x) {
  const ExpParts<D> e = SplitExp(d, x);
  return hn::Mul(hn::MulAdd(e.p, e.factor1, e.factor1), e.factor2);
}

/// Below it, exp is less than the least normal float.
inline constexpr float kLeastExponent = -87.3365402F;

/// 2^n (1 + p), |p| < 0.42.
template <class D>
struct ModerateExpParts {
  hn::Vec<D> p;
  hn::Vec<D> factor;
};

/// The parts of exp(s x), s a sign, for s x in [kLeastExponent, 88.37], where it is a normal float:
/// a third of the work.
template <int kSign = 1, class D, class V = hn::Vec<D>>
HWY_INLINE ModerateExpParts<D> SplitModerateExp(D d, V x) {
  const hn::RebindToSigned<D> di;
  // Adding this number rounds to a whole one, whose lowest bits are n and the exponent's bias.
  const V shift = hn::Set(d, 12582912.0F + 127.0F);
  const V shifted = hn::MulAdd(x, hn::Set(d, kSign * 1.44269504F), shift);
  const V n = hn::Sub(shifted, shift);
  const V r = hn::NegMulAdd(n, hn::Set(d, kSign * -2.12194440e-4F),
                            hn::NegMulAdd(n, hn::Set(d, kSign * 0.693359375F), x));
  const V factor = hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(di, shifted)));
  const V square = hn::Mul(r, r);
  const V tail = ExpTail<kSign>(d, r);
  return {kSign > 0 ? hn::MulAdd(square, tail, r) : hn::MulSub(square, tail, r), factor};
}

template <int kSign = 1, class D, class V = hn::Vec<D>>
HWY_INLINE V ExpOfModerate(D d, V x) {
  const ModerateExpParts<D> e = SplitModerateExp<kSign>(d, x);
  return hn::MulAdd(e.p, e.factor, e.factor);
}

/// exp(x) for x <= 0: results below the least normal float are zeros.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V ExpOfNegative(D d, V x) {
  const V least = hn::Set(d, kLeastExponent);
  // The order lets NaN pass.
  return hn::IfThenZeroElse(hn::Lt(x, least), ExpOfModerate(d, hn::Max(least, x)));
}

/// 1 / x to about a unit in the last place, for normal x and 1 / x; 1 / 1 is 1. Division takes long
/// where vectors are wide.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V ReciprocalOf(D d, V x) {
  const V one = hn::Set(d, 1.0F);
#if HWY_TARGET <= HWY_AVX3
  const V y = hn::ApproximateReciprocal(x);  // To 14 bits.
  return hn::MulAdd(y, hn::NegMulAdd(x, y, one), y);
#else
  return hn::Div(one, x);
#endif
}

/// exp(x) - 1, with the sign of x, that of a zero included.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Expm1Of(D d, V x) {
  const ExpParts<D> e = SplitExp(d, x);
  const V shift = hn::Sub(e.factor1, hn::Div(hn::Set(d, 1.0F), e.factor2));
  return hn::CopySign(hn::Mul(hn::MulAdd(e.p, e.factor1, shift), e.factor2), x);
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V LogOf(D d, V x) {
  const hn::RebindToSigned<D> di;
  const V infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  const auto denormal = hn::Lt(x, hn::Set(d, std::numeric_limits<float>::min()));
  const V scaled = hn::IfThenElse(denormal, hn::Mul(x, hn::Set(d, 8388608.0F)), x);
  // scaled = 2^n m, m in [sqrt(1/2), sqrt(2)).
  const auto least = hn::Set(di, 0x3F3504F3);
  const auto above = hn::Sub(hn::BitCast(di, scaled), least);
  const auto mantissa = hn::Add(hn::And(above, hn::Set(di, 0x007FFFFF)), least);
  const V m = hn::BitCast(d, mantissa);
  const V n = hn::Sub(hn::ConvertTo(d, hn::ShiftRight<23>(above)),
                      hn::IfThenElseZero(denormal, hn::Set(d, 23.0F)));
  // log m = f - (f^2 / 2 - s (f^2 / 2 + z R(z))), s = f / (2 + f), z = s^2; 2.2e-8 in R.
  const V f = hn::Sub(m, hn::Set(d, 1.0F));
  const V s = hn::Div(f, hn::Add(f, hn::Set(d, 2.0F)));
  const V z = hn::Mul(s, s);
  const V tail = hn::Mul(z, Horner(d, z, 0.666666687F, 0.400001228F, 0.285506994F, 0.233333796F));
  const V half_square = hn::Mul(hn::Mul(f, f), hn::Set(d, 0.5F));
  const V low = hn::MulAdd(n, hn::Set(d, -2.12194440e-4F), hn::Mul(s, hn::Add(half_square, tail)));
  V y = hn::MulAdd(n, hn::Set(d, 0.693359375F), hn::Add(hn::Sub(low, half_square), f));
  y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(infinity), y);
  y = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Set(d, std::numeric_limits<float>::quiet_NaN()),
                     y);
  return hn::IfThenElse(hn::Lt(x, infinity), y, hn::Add(x, x));  // Infinity and NaN stay.
}

/// log(1 + x), with the sign of x, that of a zero included.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Log1pOf(D d, V x) {
  const V one = hn::Set(d, 1.0F);
  const V sum = hn::Add(x, one);
  const auto finite = hn::And(hn::Gt(sum, hn::Zero(d)),
                              hn::Lt(sum, hn::Set(d, std::numeric_limits<float>::infinity())));
  // What rounding took from the sum, to first order. The order of the subtractions keeps it exact.
  const auto large = hn::Gt(x, one);
  const V lost =
      hn::IfThenElse(large, hn::Sub(one, hn::Sub(sum, x)), hn::Sub(x, hn::Sub(sum, one)));
  const V y = hn::Add(LogOf(d, sum), hn::IfThenElseZero(finite, hn::Div(lost, sum)));
  return hn::CopySign(y, x);
}

/// x - tanh(x) for |x| <= 0.6; 3.6e-8 of it.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V SmallTanhShrink(D d, V x) {
  const V z = hn::Mul(x, x);
  const V q = Horner(d, z, 0.333333343F, -0.133333132F, 0.0539615527F, -0.0217883438F,
                     0.00841013808F, -0.00237084017F);
  return hn::Mul(hn::Mul(x, z), q);
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE auto IsSmallForTanh(D d, V t) {
  return hn::Lt(t, hn::Set(d, 0.6F));
}

/// tanh(t) for t >= 0.6.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V LargeTanh(D d, V t) {
  const V one = hn::Set(d, 1.0F);
  // From there on it is 1. The order lets NaN pass.
  const V bounded = hn::Min(hn::Set(d, 10.0F), t);
  const V e = ExpOfModerate(d, hn::Mul(bounded, hn::Set(d, -2.0F)));
  const V rest = hn::Mul(hn::Add(e, e), ReciprocalOf(d, hn::Add(one, e)));
  return hn::Sub(one, rest);
}

/// tanh(x), with the sign of x, that of a zero included.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V TanhOf(D d, V x) {
  const V t = hn::Abs(x);
  const V small = hn::Sub(t, SmallTanhShrink(d, t));
  return hn::CopySignToAbs(hn::IfThenElse(IsSmallForTanh(d, t), small, LargeTanh(d, t)), x);
}

/// |tanh(x)| as a quotient.
template <class D>
struct TanhQuotient {
  hn::Vec<D> numerator;    ///< 1 - exp(-2 |x|), without cancellation near 0.
  hn::Vec<D> denominator;  ///< 1 + exp(-2 |x|).
};

template <class D, class V = hn::Vec<D>>
HWY_INLINE TanhQuotient<D> TanhQuotientOf(D d, V x) {
  // From there on it is 1. The order lets NaN pass.
  const V t = hn::Min(hn::Set(d, 10.0F), hn::Abs(x));
  const ModerateExpParts<D> e = SplitModerateExp<-1>(d, hn::Add(t, t));
  const V numerator = hn::NegMulAdd(e.p, e.factor, hn::Sub(hn::Set(d, 1.0F), e.factor));
  return {numerator, hn::Sub(hn::Set(d, 2.0F), numerator)};
}

/// tanh(x) to 3 units in the last place, in two thirds of the time.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V FastTanhOf(D d, V x) {
  const TanhQuotient<D> q = TanhQuotientOf(d, x);
  return hn::CopySignToAbs(hn::Mul(q.numerator, ReciprocalOf(d, q.denominator)), x);
}

/// x - tanh(x), without cancellation near 0.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V TanhShrinkOf(D d, V x) {
  const V t = hn::Abs(x);
  const V large = hn::Sub(t, LargeTanh(d, t));
  return hn::CopySign(hn::IfThenElse(IsSmallForTanh(d, t), SmallTanhShrink(d, t), large), x);
}

/// 1 + exp(-x), of an x between `least` (>= -88.37) and where it is 1.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V OnePlusExpOfNegated(D d, V x, float least) {
  // The order lets NaN pass.
  const V bounded = hn::Min(hn::Set(d, -kLeastExponent), hn::Max(hn::Set(d, least), x));
  return hn::Add(hn::Set(d, 1.0F), ExpOfModerate<-1>(d, bounded));
}

/// 1 / (1 + exp(-x)), with its relative precision down to the least normal float, where denormals
/// count as zeros: below it the quotient is one.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V SigmoidOf(D d, V x) {
  return ReciprocalOf(d, OnePlusExpOfNegated(d, x, -88.37F));
}

/// sigmoid(gate) tanh(x) to 4 units in the last place, with one division; with a gate below
/// kLeastExponent, 0 or less than 1e-37.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V GatedTanhOf(D d, V gate, V x) {
  // From there on the denominators' product stays finite.
  const V closed = OnePlusExpOfNegated(d, gate, kLeastExponent);
  const TanhQuotient<D> q = TanhQuotientOf(d, x);
  const V size = hn::Mul(q.numerator, ReciprocalOf(d, hn::Mul(q.denominator, closed)));
  return hn::CopySignToAbs(size, x);
}

/// log(1 + exp(x)).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V SoftplusOf(D d, V x) {
  const V positive = hn::IfThenElseZero(hn::Gt(x, hn::Zero(d)), x);
  return hn::Add(positive, Log1pOf(d, ExpOf(d, hn::Neg(hn::Abs(x)))));
}

/// erfc(t) for t >= 0.95, as precise as 1 - erfc(t) needs it.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V LargeErfc(D d, V t) {
  // From there on it is nothing beside 1, and exp(-t^2) is a normal float. The order lets NaN pass.
  const V bounded = hn::Min(hn::Set(d, 9.0F), t);
  // erfc(t) exp(t^2) as a polynomial in (t - 3) / (t + 3) up to t = 10.1; 1.1e-8 of it.
  const V three = hn::Set(d, 3.0F);
  const V u = hn::Div(hn::Sub(bounded, three), hn::Add(bounded, three));
  const V scaled = Horner(d, u, 0.179001153F, -0.326233566F, 0.2456038F, -0.150115788F,
                          0.0716658533F, -0.0243942384F, 0.00426891912F, 0.000715786417F,
                          -0.000594626123F, 2.87578459e-05F, 5.5863813e-05F);
  return hn::Mul(scaled, ExpOfModerate(d, hn::Neg(hn::Mul(bounded, bounded))));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V ErfOf(D d, V x) {
  const V t = hn::Abs(x);
  const V z = hn::Mul(x, x);
  // erf(x) / x on |x| <= 0.95; 6.2e-8 of it.
  const V small = hn::Mul(x, Horner(d, z, 1.12837923F, -0.376126319F, 0.112836637F, -0.0268577058F,
                                    0.0051969518F, -0.000809770252F, 8.1850907e-05F));
  const V large = hn::CopySignToAbs(hn::Sub(hn::Set(d, 1.0F), LargeErfc(d, t)), x);
  return hn::IfThenElse(hn::Lt(t, hn::Set(d, 0.95F)), small, large);
}

/// x times the probability P(x) that a standard normal variable is below x, as
/// (x + |x|) / 2 - |x| P(-|x|). Like the product, it is NaN for the negative infinity.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V GeluOf(D d, V x) {
  const V half = hn::Set(d, 0.5F);
  const V size = hn::Abs(x);
  // Up to there exp(-t^2 / 2) is a normal float. The order lets NaN pass.
  const V t = hn::Min(hn::Set(d, 13.2F), size);
  // P(-t) exp(t^2 / 2) as a quotient of polynomials; 5e-9 of it.
  const V p = Horner(d, t, 0.5F, 0.435451716F, 0.181133941F, 0.0399261564F, 0.0040116366F);
  const V q =
      Horner(d, t, 1.0F, 1.66878831F, 1.19376421F, 0.463924229F, 0.100087509F, 0.0100555364F);
  const V exponent = hn::Neg(hn::Mul(t, hn::Mul(t, half)));
  const V below = hn::Mul(hn::Div(p, q), ExpOfModerate(d, exponent));
  return hn::NegMulAdd(t, below, hn::MulAdd(half, size, hn::Mul(half, x)));
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // WEIR_KERNELS_SIMD_MATH_INL_H_
