#pragma once

#include <array>
#include <cstddef>

namespace weir::kernels {

/// Depth, height, width. Data of fewer spatial axes has size 1 in the leading ones.
using Extent = std::array<std::size_t, 3>;

inline constexpr Extent kOnes = {1, 1, 1};

inline constexpr std::size_t volume(const Extent& extent) {
  return extent[0] * extent[1] * extent[2];
}

/// How a kernel slides over an image. Element k of the window at output o lies at input position
/// o * stride + k * dilation - pad_before along each axis; where that is outside the image the
/// input counts as zero. The padding after the image is implied by the output's size.
struct Window {
  Extent kernel = kOnes;
  Extent stride = kOnes;
  Extent dilation = kOnes;
  Extent pad_before = {0, 0, 0};
};

}  // namespace weir::kernels
