#pragma once

#include "kernels/affine.h"
#include "weir/tensor.h"

namespace weir::ops {

/// A static shape as what lies before `axis`, along it and after it.
inline kernels::ChannelShape channel_shape(const Shape& shape, std::size_t axis) {
  kernels::ChannelShape result;
  result.channels = static_cast<std::size_t>(shape[axis]);
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const auto size = static_cast<std::size_t>(shape[i]);
    if (i < axis) result.outer *= size;
    if (i > axis) result.inner *= size;
  }
  return result;
}

}  // namespace weir::ops
