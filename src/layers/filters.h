#pragma once

#include <array>
#include <vector>

#include "layers/layer.h"
#include "ops/depthwise.h"

/// Convolutions of each channel by itself.
namespace weir::layers {

/// With a constant kernel (spatial…, channels, multiplier).
ValueId add_depthwise(LayerCall& call, ValueId x, const ops::SlidingWindow& window,
                      graph::Constant kernel);

/// Two-dimensional kernels for each channel, one after the other in `kernels`, (height, width,
/// count): output channel c * count + k.
ValueId add_filters(LayerCall& call, ValueId x, const std::vector<double>& kernels,
                    std::array<std::int64_t, 2> size, ops::PaddingMode padding);

/// A Gaussian curve at `size` points around its middle, with the sum 1.
std::vector<double> bell_curve(std::int64_t size, double deviation);

}  // namespace weir::layers
