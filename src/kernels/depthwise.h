#pragma once

#include <cstddef>

#include "base/checked.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "kernels/unary.h"
#include "kernels/window.h"

namespace weir::kernels {

/// A depthwise convolution: output channel c * multiplier + m sees input channel c only.
struct DepthwiseShape {
  std::size_t batch = 1;
  Extent in = kOnes;
  Extent out = kOnes;
  std::size_t channels = 1;  ///< Of the input.
  std::size_t multiplier = 1;
  Window window;

  std::size_t out_channels() const { return channels * multiplier; }
  /// Floats from the packed weights of one element of the window to the next.
  std::size_t packed_stride() const { return align_up(out_channels(), kAlignment / sizeof(float)); }
};

/// Bytes that `pack_depthwise` writes.
std::size_t packed_depthwise_bytes(const DepthwiseShape& shape);

/// Lays out weights given as Keras keeps them, (kd, kh, kw, channels, multiplier), multiplied by
/// `scale` of their output channel unless that is null. `packed` is aligned to kAlignment.
void pack_depthwise(const DepthwiseShape& shape, const float* weights, const float* scale,
                    float* packed);

/// out = activation(depthwise convolution(in) + bias + residual). Pixel strides, aliasing and
/// guarantees are those of `convolution`; needs no scratch.
void depthwise(const DepthwiseShape& shape, const float* in, std::size_t in_stride,
               const float* packed, float* out, std::size_t out_stride, const Epilogue& epilogue,
               const ThreadPool& pool);

}  // namespace weir::kernels
