#include "kernels/reference/unary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace weir::kernels::reference {
namespace {

double relu_of(double x, const Unary& u) {
  if (std::isnan(x)) return x;
  if (x > u.b) return std::clamp<double>(x, u.d, u.c);
  return u.a == 0.0F ? 0.0 : u.a * (x - u.b);
}

double clamp_of(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

double softplus_of(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

/// Multiplied by x in silu and gelu; both end in -0 far below zero and are NaN at -infinity, as in
/// Keras.
double sigmoid_of(double x) { return 1.0 / (1.0 + std::exp(-x)); }

double normal_probability(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

double gelu_tanh(double x) {
  const double inner = std::sqrt(2.0 / std::numbers::pi) * (x + 0.044715 * x * x * x);
  return x * sigmoid_of(2.0 * inner);
}

double sign_of(double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x + 0.0; }

double sparse_plus(double x) {
  if (x <= -1.0) return 0.0;
  return x < 1.0 ? 0.25 * (x + 1.0) * (x + 1.0) : x;
}

double soft_shrink(double x, double threshold) {
  return std::abs(x) > threshold ? x - std::copysign(threshold, x) : 0.0;
}

double squareplus(double x, double b) {
  const double root = std::sqrt(x * x + b);
  return x < 0.0 ? 0.5 * b / (root - x) : 0.5 * (x + root);
}

/// By its series near 0, where the difference would cancel.
double tanh_shrink(double x) {
  if (std::abs(x) > 0.01) return x - std::tanh(x);
  const double z = x * x;
  return x * z * (1.0 / 3.0 - z * (2.0 / 15.0 - z * 17.0 / 315.0));
}

double elu_of(double x, double alpha) { return x > 0.0 ? x : alpha * std::expm1(x); }

double activation(double x, const Unary& u) {
  switch (u.kind) {
    case UnaryKind::kRelu:
      return relu_of(x, u);
    case UnaryKind::kSigmoid:
      return sigmoid_of(x);
    case UnaryKind::kElu:
      return elu_of(x, u.a);
    case UnaryKind::kSelu:
      return 1.05070098735548 * elu_of(x, 1.67326324235437);
    case UnaryKind::kCelu:
      return x > 0.0 ? x : u.a * std::expm1(x / u.a);
    case UnaryKind::kSoftplus:
      return softplus_of(x);
    case UnaryKind::kSoftsign:
      return x / (std::abs(x) + 1.0);
    case UnaryKind::kSilu:
      return x * sigmoid_of(x);
    case UnaryKind::kGelu:
      return x * normal_probability(x);
    case UnaryKind::kGeluTanh:
      return gelu_tanh(x);
    case UnaryKind::kMish:
      return x * std::tanh(softplus_of(x));
    case UnaryKind::kLogSigmoid:
      return -softplus_of(-x);
    case UnaryKind::kHardSigmoid:
      return clamp_of(u.a * x + u.b, 0.0, 1.0);
    case UnaryKind::kHardSilu:
      return x * (clamp_of(x + 3.0, 0.0, 6.0) / 6.0);
    case UnaryKind::kHardTanh:
      return clamp_of(x, -1.0, 1.0);
    case UnaryKind::kHardShrink:
      return std::abs(x) > u.a ? x : 0.0;
    case UnaryKind::kSoftShrink:
      return soft_shrink(x, u.a);
    case UnaryKind::kTanhShrink:
      return tanh_shrink(x);
    case UnaryKind::kThreshold:
      return x > u.a ? x : u.b;
    case UnaryKind::kSparsePlus:
      return sparse_plus(x);
    case UnaryKind::kSparseSigmoid:
      return clamp_of(0.5 * x + 0.5, 0.0, 1.0);
    case UnaryKind::kSquareplus:
      return squareplus(x, u.a);
    default:
      return std::numeric_limits<double>::quiet_NaN();
  }
}

double arithmetic(double x, const Unary& u) {
  switch (u.kind) {
    case UnaryKind::kIdentity:
      return x;
    case UnaryKind::kAffine:
      return static_cast<double>(u.a) * x + u.b;
    case UnaryKind::kClip:
      return clamp_of(x, u.a, u.b);
    case UnaryKind::kAbs:
      return std::abs(x);
    case UnaryKind::kNegate:
      return -x;
    case UnaryKind::kSquare:
      return x * x;
    case UnaryKind::kSqrt:
      return std::sqrt(x);
    case UnaryKind::kRsqrt:
      return 1.0 / std::sqrt(x);
    case UnaryKind::kReciprocal:
      return 1.0 / x;
    case UnaryKind::kSign:
      return sign_of(x);
    case UnaryKind::kFloor:
      return std::floor(x);
    case UnaryKind::kCeil:
      return std::ceil(x);
    case UnaryKind::kRound:
      return std::nearbyint(x);
    case UnaryKind::kTrunc:
      return std::trunc(x);
    case UnaryKind::kPower:
      return std::pow(x, static_cast<double>(u.a));
    default:
      return activation(x, u);
  }
}

double elementary(double x, const Unary& u) {
  switch (u.kind) {
    case UnaryKind::kTanh:
      return std::tanh(x);
    case UnaryKind::kExp:
      return std::exp(x);
    case UnaryKind::kExpm1:
      return std::expm1(x);
    case UnaryKind::kLog:
      return std::log(x);
    case UnaryKind::kLog1p:
      return std::log1p(x);
    case UnaryKind::kSin:
      return std::sin(x);
    case UnaryKind::kCos:
      return std::cos(x);
    case UnaryKind::kErf:
      return std::erf(x);
    case UnaryKind::kExp2:
      return std::exp2(x);
    case UnaryKind::kLog2:
      return std::log2(x);
    case UnaryKind::kLog10:
      return std::log10(x);
    case UnaryKind::kTan:
      return std::tan(x);
    case UnaryKind::kAsin:
      return std::asin(x);
    case UnaryKind::kAcos:
      return std::acos(x);
    case UnaryKind::kAtan:
      return std::atan(x);
    case UnaryKind::kSinh:
      return std::sinh(x);
    case UnaryKind::kCosh:
      return std::cosh(x);
    case UnaryKind::kAsinh:
      return std::asinh(x);
    case UnaryKind::kAcosh:
      return std::acosh(x);
    case UnaryKind::kAtanh:
      return std::atanh(x);
    default:
      return arithmetic(x, u);
  }
}

}  // namespace

float apply_unary(float x, const Unary& u) { return static_cast<float>(elementary(x, u)); }

void unary(std::span<const float> in, std::span<float> out, const Unary& u) {
  std::transform(in.begin(), in.end(), out.begin(),
                 [&u](float value) { return apply_unary(value, u); });
}

}  // namespace weir::kernels::reference
