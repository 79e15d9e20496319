// The activation of an epilogue. Included once for each target.

#if defined(WEIR_KERNELS_SIMD_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEIR_KERNELS_SIMD_ACTIVATION_INL_H_
#undef WEIR_KERNELS_SIMD_ACTIVATION_INL_H_
#else
#define WEIR_KERNELS_SIMD_ACTIVATION_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <limits>

#include "kernels/simd/unary-inl.h"
#include "kernels/unary.h"

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// An activation as the kernels apply it: nearly all are a clamp, done in registers; the others
/// take a pass over results that are still in the first-level cache.
struct Activation {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  bool needs_pass = false;
};

inline Activation activation_of(const Unary& unary) {
  Activation result;
  if (unary.kind == UnaryKind::kRelu && unary.a == 0.0F && unary.b == 0.0F) {
    result.low = 0.0F;
    result.high = unary.c;
  } else if (unary.kind == UnaryKind::kClip) {
    result.low = unary.a;
    result.high = unary.b;
  } else {
    result.needs_pass = !unary.is_identity();
  }
  return result;
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // WEIR_KERNELS_SIMD_ACTIVATION_INL_H_
