#pragma once

#include "layers/layer.h"
#include "ops/convolution_transpose.h"

namespace weir::layers {

/// The window of a layer that convolves, as its config says.
ops::SlidingWindow read_window(const Config& config, std::size_t rank);
/// A transposed convolution with that window.
ops::ConvolutionTransposeAttributes read_transposed(const Config& config, std::size_t rank,
                                                    std::int64_t in_channels, std::int64_t filters);
/// The shape of its kernel: (spatial…, a, b).
Shape kernel_shape(const Config& config, std::size_t rank, std::int64_t a, std::int64_t b);

}  // namespace weir::layers
