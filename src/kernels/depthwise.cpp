#include "kernels/depthwise.h"

#include <algorithm>

namespace weir::kernels {

std::size_t packed_depthwise_bytes(const DepthwiseShape& shape) {
  return volume(shape.window.kernel) * shape.packed_stride() * sizeof(float);
}

void pack_depthwise(const DepthwiseShape& shape, const float* weights, const float* scale,
                    float* packed) {
  const std::size_t channels = shape.out_channels();
  for (std::size_t tap = 0; tap < volume(shape.window.kernel); ++tap) {
    for (std::size_t c = 0; c < channels; ++c) {
      packed[c] = weights[c] * (scale == nullptr ? 1.0F : scale[c]);
    }
    std::fill(packed + channels, packed + shape.packed_stride(), 0.0F);
    weights += channels;
    packed += shape.packed_stride();
  }
}

}  // namespace weir::kernels
