#pragma once

#include "ops/product.h"
#include "ops/sliding_window.h"

namespace weir::ops {

struct ConvolutionTransposeAttributes {
  SlidingWindow window;  ///< Its padding is that of the convolution it is the transpose of.
  std::size_t in_channels = 1;
  std::size_t out_channels = 1;
  /// Keras's `output_padding`: with it the output's size is given, without it the usual one.
  std::optional<kernels::Extent> output_padding;
};

/// A transposed convolution of (batch, spatial…, in_channels) with a kernel (spatial…,
/// out_channels, in_channels), which spreads each input pixel over a window of the output.
graph::OperationPtr make_convolution_transpose(const ConvolutionTransposeAttributes& attributes,
                                               ProductTerms terms);

}  // namespace weir::ops
