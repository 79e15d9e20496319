// Unary functions of a vector of floats, for maps and for the epilogues of products.
//
// Per-target header: included again for every instruction set.

#if defined(WEIR_KERNELS_SIMD_UNARY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEIR_KERNELS_SIMD_UNARY_INL_H_
#undef WEIR_KERNELS_SIMD_UNARY_INL_H_
#else
#define WEIR_KERNELS_SIMD_UNARY_INL_H_
#endif

#include <hwy/highway.h>

#include <cmath>
#include <cstddef>
#include <span>

#include "kernels/reference/unary.h"
#include "kernels/simd/math-inl.h"
#include "kernels/simd/part-inl.h"
#include "kernels/simd/unroll.h"
#include "kernels/unary.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Lane by lane through the scalar function: for what is rare or needs the C library.
template <class D, class V = hn::Vec<D>, class Function>
HWY_INLINE V ByLane(D d, V x, const Function& function) {
  HWY_ALIGN float lanes[hn::MaxLanes(d)];
  hn::Store(x, d, lanes);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) lanes[i] = function(lanes[i]);
  return hn::Load(d, lanes);
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Relu(D d, V x, const Unary& u) {
  const V zero = hn::Zero(d);
  const V threshold = hn::Set(d, u.b);
  // A slope of 0 must not meet an infinite x, but NaN must go through.
  const V below = hn::Mul(hn::Set(d, u.a), hn::Sub(x, threshold));
  const V slope = u.a == 0.0F ? hn::IfThenElseZero(hn::IsNaN(x), x) : below;
  const V above = ClampOf(d, x, u.d, u.c);
  if (u.b == 0.0F && u.a == 0.0F) return hn::IfThenElse(hn::Le(x, zero), zero, above);
  return hn::IfThenElse(hn::Gt(x, threshold), above, slope);
}

/// x e (e + 2) / (e (e + 2) + 2) with e = exp(x), which is x tanh(log(1 + e)).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Mish(D d, V x) {
  const V two = hn::Set(d, 2.0F);
  const V e = ExpOf(d, ClampOf(d, x, -104.0F, 20.0F));
  const V n = hn::Mul(e, hn::Add(e, two));
  return hn::Mul(x, hn::Div(n, hn::Add(n, two)));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Selu(D d, V x) {
  const V scale = hn::Set(d, 1.05070098735548F);
  const V negative = hn::Mul(hn::Set(d, 1.67326324235437F), Expm1Of(d, x));
  return hn::Mul(scale, hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, negative));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Silu(D d, V x) {
  return hn::Mul(x, SigmoidOf(d, x));
}

/// x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)), which is 0.5 x (1 + tanh(half of it)).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V GeluTanh(D d, V x) {
  const V cube = hn::Mul(hn::Mul(x, x), x);
  const V inner = hn::MulAdd(hn::Set(d, 0.044715F), cube, x);
  return hn::Mul(x, SigmoidOf(d, hn::Mul(hn::Set(d, 1.5957691216057308F), inner)));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V SoftShrink(D d, V x, float threshold) {
  const V limit = hn::Set(d, threshold);
  const V shrunk = hn::Sub(x, hn::CopySign(limit, x));
  return hn::IfThenElseZero(hn::Gt(hn::Abs(x), limit), shrunk);  // NaN is no larger: 0.
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V SparsePlus(D d, V x) {
  const V one = hn::Set(d, 1.0F);
  const V sum = hn::Add(x, one);
  const V middle = hn::Mul(hn::Set(d, 0.25F), hn::Mul(sum, sum));
  const V upper = hn::IfThenElse(hn::Lt(x, one), middle, x);
  return hn::IfThenZeroElse(hn::Le(x, hn::Neg(one)), upper);
}

/// 0.5 (x + sqrt(x^2 + a)); below 0 as a / (2 (sqrt(x^2 + a) - x)), which does not cancel.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Squareplus(D d, V x, float a) {
  const V half = hn::Set(d, 0.5F);
  const V b = hn::Set(d, a);
  const V root = hn::Sqrt(hn::MulAdd(x, x, b));
  const V below = hn::Div(hn::Mul(half, b), hn::Sub(root, x));
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), below, hn::Mul(half, hn::Add(x, root)));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Sign(D d, V x) {
  const V zero = hn::Zero(d);
  const V one = hn::CopySign(hn::Set(d, 1.0F), x);
  const auto decided = hn::Or(hn::Gt(x, zero), hn::Lt(x, zero));
  return hn::IfThenElse(decided, one, hn::Add(x, zero));  // NaN stays, -0 becomes 0.
}

/// The piecewise functions, which need little more than comparisons.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V ApplyPiecewise(D d, V x, const Unary& u) {
  const V a = hn::Set(d, u.a);
  const V b = hn::Set(d, u.b);
  switch (u.kind) {
    case UnaryKind::kSoftsign:
      return hn::Div(x, hn::Add(hn::Abs(x), hn::Set(d, 1.0F)));
    case UnaryKind::kHardSigmoid:
      return ClampOf(d, hn::MulAdd(a, x, b), 0.0F, 1.0F);
    case UnaryKind::kHardSilu: {
      const V six = hn::Set(d, 6.0F);
      const V gate = ClampOf(d, hn::Add(x, hn::Set(d, 3.0F)), 0.0F, 6.0F);
      return hn::Mul(x, hn::Div(gate, six));
    }
    case UnaryKind::kHardTanh:
      return ClampOf(d, x, -1.0F, 1.0F);
    case UnaryKind::kHardShrink:
      return hn::IfThenElseZero(hn::Gt(hn::Abs(x), a), x);
    case UnaryKind::kSoftShrink:
      return SoftShrink(d, x, u.a);
    case UnaryKind::kThreshold:
      return hn::IfThenElse(hn::Gt(x, a), x, b);
    case UnaryKind::kSparsePlus:
      return SparsePlus(d, x);
    case UnaryKind::kSparseSigmoid:
      return ClampOf(d, hn::MulAdd(hn::Set(d, 0.5F), x, hn::Set(d, 0.5F)), 0.0F, 1.0F);
    case UnaryKind::kSquareplus:
      return Squareplus(d, x, u.a);
    case UnaryKind::kAbs:
      return hn::Abs(x);
    case UnaryKind::kNegate:
      return hn::Neg(x);
    case UnaryKind::kSquare:
      return hn::Mul(x, x);
    case UnaryKind::kSqrt:
      return hn::Sqrt(x);
    case UnaryKind::kRsqrt:
      return hn::Div(hn::Set(d, 1.0F), hn::Sqrt(x));
    case UnaryKind::kReciprocal:
      return hn::Div(hn::Set(d, 1.0F), x);
    case UnaryKind::kSign:
      return Sign(d, x);
    case UnaryKind::kFloor:
      return hn::Floor(x);
    case UnaryKind::kCeil:
      return hn::Ceil(x);
    case UnaryKind::kRound:
      return hn::Round(x);
    case UnaryKind::kTrunc:
      return hn::Trunc(x);
    default:
      return ByLane(d, x, [&u](float value) { return reference::apply_unary(value, u); });
  }
}

/// All functions but those that `ApplyUnary` does in place. Not inlined: it would be copied into
/// every tile of every product.
template <class D, class V = hn::Vec<D>>
HWY_NOINLINE V ApplyCostlyUnary(D d, V x, const Unary& u) {
  const V zero = hn::Zero(d);
  const V a = hn::Set(d, u.a);
  switch (u.kind) {
    case UnaryKind::kSigmoid:
      return SigmoidOf(d, x);
    case UnaryKind::kTanh:
      return TanhOf(d, x);
    case UnaryKind::kElu:
      return hn::IfThenElse(hn::Gt(x, zero), x, hn::Mul(a, Expm1Of(d, x)));
    case UnaryKind::kSelu:
      return Selu(d, x);
    case UnaryKind::kCelu:
      return hn::IfThenElse(hn::Gt(x, zero), x, hn::Mul(a, Expm1Of(d, hn::Div(x, a))));
    case UnaryKind::kSoftplus:
      return SoftplusOf(d, x);
    case UnaryKind::kSilu:
      return Silu(d, x);
    case UnaryKind::kGelu:
      return GeluOf(d, x);
    case UnaryKind::kGeluTanh:
      return GeluTanh(d, x);
    case UnaryKind::kMish:
      return Mish(d, x);
    case UnaryKind::kExp:
      return ExpOf(d, x);
    case UnaryKind::kExpm1:
      return Expm1Of(d, x);
    case UnaryKind::kLog:
      return LogOf(d, x);
    case UnaryKind::kLog1p:
      return Log1pOf(d, x);
    case UnaryKind::kLogSigmoid:
      return hn::Neg(SoftplusOf(d, hn::Neg(x)));
    case UnaryKind::kTanhShrink:
      return TanhShrinkOf(d, x);
    case UnaryKind::kErf:
      return ErfOf(d, x);
    default:
      return ApplyPiecewise(d, x, u);
  }
}

/// u(x). The same bits for an element in whatever lane it lies. The kinds that end most products
/// are inline; the others cost a call.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V ApplyUnary(D d, V x, const Unary& u) {
  switch (u.kind) {
    case UnaryKind::kIdentity:
      return x;
    case UnaryKind::kRelu:
      return Relu(d, x, u);
    case UnaryKind::kAffine:
      return hn::MulAdd(hn::Set(d, u.a), x, hn::Set(d, u.b));
    case UnaryKind::kClip:
      return ClampOf(d, x, u.a, u.b);
    default:
      return ApplyCostlyUnary(d, x, u);
  }
}

/// out[i] = f(in[i]) for i < count; `in` may be `out`. A tail goes through the same vector code.
template <class F>
HWY_INLINE void MapVectors(const float* in, float* out, std::size_t count, const F& f) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  WEIR_UNROLL_4
  for (; i + lanes <= count; i += lanes) hn::StoreU(f(d, hn::LoadU(d, in + i)), d, out + i);
  if (i == count) return;
  StorePart(f(d, LoadPart(d, in + i, count - i)), d, out + i, count - i);
}

/// Calls `run(f)`, f(d, x) being u(x). The costly kinds that end most products have an `f` of their
/// own, so that loops around it keep constants in registers; the others cost a call a vector.
template <class Run>
HWY_INLINE void WithUnary(const Unary& u, const Run& run) {
  using D = hn::ScalableTag<float>;
  using V = hn::Vec<D>;
  switch (u.kind) {
    case UnaryKind::kSilu:
      return run([](D d, V x) HWY_ATTR { return Silu(d, x); });
    case UnaryKind::kSigmoid:
      return run([](D d, V x) HWY_ATTR { return SigmoidOf(d, x); });
    case UnaryKind::kTanh:
      return run([](D d, V x) HWY_ATTR { return TanhOf(d, x); });
    case UnaryKind::kGelu:
      return run([](D d, V x) HWY_ATTR { return GeluOf(d, x); });
    case UnaryKind::kGeluTanh:
      return run([](D d, V x) HWY_ATTR { return GeluTanh(d, x); });
    default:
      return run([&u](D d, V x) HWY_ATTR { return ApplyUnary(d, x, u); });
  }
}

/// out[i] = u(in[i]) for i < count; `in` may be `out`.
HWY_NOINLINE inline void MapUnary(const float* in, float* out, std::size_t count, const Unary& u) {
  WithUnary(u, [&](const auto& f) HWY_ATTR { MapVectors(in, out, count, f); });
}

/// The same in place for the first `count` floats of rows that begin at `data` + offsets.
HWY_NOINLINE inline void MapUnaryRows(float* data, std::span<const std::size_t> offsets,
                                      std::size_t count, const Unary& u) {
  WithUnary(u, [&](const auto& f) HWY_ATTR {
    for (const std::size_t offset : offsets) MapVectors(data + offset, data + offset, count, f);
  });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // WEIR_KERNELS_SIMD_UNARY_INL_H_
