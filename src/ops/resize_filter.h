#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/resample.h"

namespace weir::ops {

/// How a resized image's pixels are made, as tf.image.resize names it.
enum class ResizeMethod : std::uint8_t {
  kNearest,
  kBilinear,
  kBilinearCorners,  ///< The first and the last pixel keep their places: `align_corners`.
  kBicubic,          ///< Keys's cubic, a = -0.5.
  kLanczos3,
  kLanczos5,
  kArea,
  kGaussian,
  kMitchellCubic,
};

/// The taps of one axis of `in` positions resized to `out`, both positive, with TensorFlow's
/// float32 arithmetic: half-pixel centres; taps outside the image weigh nothing and the others make
/// it up. `antialias` widens the filter where the image shrinks. Not for kNearest.
kernels::ResampleAxis resize_filter(ResizeMethod method, std::size_t in, std::size_t out,
                                    bool antialias);

/// How keras.ops.image.scale_and_translate moves an axis: position p goes to scale * p +
/// translation.
struct AxisScaling {
  float scale = 1.0F;
  float translation = 0.0F;
  bool antialias = true;
};

/// The taps of such an axis, by kBilinear, kBicubic, kLanczos3 or kLanczos5. What does not come
/// from inside the input is 0.
kernels::ResampleAxis scaling_filter(ResizeMethod method, std::size_t in, std::size_t out,
                                     const AxisScaling& scaling);

}  // namespace weir::ops
