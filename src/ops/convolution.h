#pragma once

#include "kernels/convolution.h"
#include "ops/product.h"
#include "ops/sliding_window.h"

namespace weir::ops {

struct ConvolutionAttributes {
  SlidingWindow window;
  std::size_t in_channels = 1;
  std::size_t out_channels = 1;
  std::size_t groups = 1;  ///< Divides both channel counts.
};

/// What the kernels want to know.
kernels::ConvolutionShape bind(const ConvolutionAttributes& attributes, const PlacedWindow& placed);

/// A convolution of (batch, spatial…, in_channels) with a kernel (spatial…, in_channels / groups,
/// out_channels). Takes in a ZeroPadding before it. With a group for each channel it is a depthwise
/// convolution, and made as one.
graph::OperationPtr make_convolution(const ConvolutionAttributes& attributes, ProductTerms terms);

}  // namespace weir::ops
