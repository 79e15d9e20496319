#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace weir::kernels {

/// Functions of one float. The comment gives the formula where the name does not; a, b, c, d are
/// the parameters of `Unary`.
enum class UnaryKind : std::uint8_t {
  kIdentity,
  kRelu,  ///< x > b ? clip(x, d, c) : a * (x - b). Made by `relu`.
  kSigmoid,
  kTanh,
  kElu,  ///< x > 0 ? x : a * (exp(x) - 1)
  kSelu,
  kCelu,  ///< max(0, x) + min(0, a * (exp(x / a) - 1))
  kSoftplus,
  kSoftsign,
  kSilu,
  kGelu,      ///< 0.5 x (1 + erf(x / sqrt 2))
  kGeluTanh,  ///< The approximation by tanh.
  kMish,
  kExp,
  kExpm1,
  kLog,
  kLog1p,
  kLogSigmoid,
  kHardSigmoid,  ///< clip(a * x + b, 0, 1)
  kHardSilu,     ///< x * clip(x / 6 + 0.5, 0, 1)
  kHardTanh,
  kHardShrink,  ///< |x| > a ? x : 0
  kSoftShrink,
  kTanhShrink,
  kThreshold,  ///< x > a ? x : b
  kSparsePlus,
  kSparseSigmoid,
  kSquareplus,  ///< 0.5 (x + sqrt(x^2 + a))
  kAffine,      ///< a * x + b
  kClip,        ///< min(max(x, a), b)
  kAbs,
  kNegate,
  kSquare,
  kSqrt,
  kRsqrt,
  kReciprocal,
  kSign,
  kFloor,
  kCeil,
  kRound,  ///< Half to even.
  kTrunc,
  kSin,
  kCos,
  kErf,
  kPower,  ///< x to the power of the constant a.
  kExp2,
  kLog2,
  kLog10,
  kTan,
  kAsin,
  kAcos,
  kAtan,
  kSinh,
  kCosh,
  kAsinh,
  kAcosh,
  kAtanh,
};

/// One such function with its parameters.
struct Unary {
  UnaryKind kind = UnaryKind::kIdentity;
  float a = 0.0F;
  float b = 0.0F;
  float c = 0.0F;
  float d = 0.0F;

  bool is_identity() const { return kind == UnaryKind::kIdentity; }
};

/// Keras's general ReLU: min(x, max) above the threshold, slope * (x - threshold) elsewhere. With a
/// maximum, the upper part is clipped below at 0 too, as Keras does.
inline Unary relu(float slope = 0.0F, float threshold = 0.0F,
                  float max = std::numeric_limits<float>::infinity()) {
  const bool clips = max != std::numeric_limits<float>::infinity();
  const float low = clips ? 0.0F : -std::numeric_limits<float>::infinity();
  return {UnaryKind::kRelu, slope, threshold, max, low};
}

/// a * x + b
inline Unary affine(float a, float b) { return {UnaryKind::kAffine, a, b}; }

/// min(max(x, low), high)
inline Unary clip(float low, float high) { return {UnaryKind::kClip, low, high}; }

/// What a product or a convolution does to each sum before it stores it:
/// out = activation(sum + bias[channel] + residual[same place as out]).
/// `bias` has one value an output channel; null pointers leave a term out.
struct Epilogue {
  const float* bias = nullptr;
  const float* residual = nullptr;
  Unary activation;
};

}  // namespace weir::kernels
