#pragma once

#include "ops/product.h"
#include "ops/sliding_window.h"

namespace weir::ops {

struct DepthwiseAttributes {
  SlidingWindow window;
  std::size_t channels = 1;    ///< Of the input.
  std::size_t multiplier = 1;  ///< Output channels for each of them.
};

/// A convolution of each channel of (batch, spatial…, channels) with kernels of its own, given as
/// (spatial…, channels, multiplier): output channel c * multiplier + m. Takes in a ZeroPadding
/// before it.
graph::OperationPtr make_depthwise(const DepthwiseAttributes& attributes, ProductTerms terms);

}  // namespace weir::ops
