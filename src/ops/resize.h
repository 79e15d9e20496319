#pragma once

#include <cstdint>

#include "graph/operation.h"
#include "ops/resize_filter.h"

namespace weir::ops {

/// Resizes the height and the width of a (batch, height, width, channels) tensor exactly as
/// tf.image.resize does. Float32 only, but for kNearest, which takes any type and never smooths.
graph::OperationPtr make_resize(ResizeMethod method, std::int64_t height, std::int64_t width,
                                bool antialias = false);

}  // namespace weir::ops
