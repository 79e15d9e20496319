#pragma once

#include <cstdint>
#include <span>

#include "graph/operation.h"
#include "kernels/pool.h"
#include "ops/sliding_window.h"

namespace weir::ops {

/// Max or average pooling of a float32 (batch, spatial…, channels) tensor with 1 to 3 spatial axes.
/// Padding by `window.padding` never counts: it loses against every value and is not averaged.
/// The window's dilation must be 1.
graph::OperationPtr make_pool(kernels::PoolKind kind, const SlidingWindow& window);

/// Pooling to given spatial sizes: output i of an axis sees the inputs from floor(i * in / out) to
/// ceil((i + 1) * in / out). Sizes of 1 make it global pooling with the spatial axes kept.
graph::OperationPtr make_adaptive_pool(kernels::PoolKind kind,
                                       std::span<const std::int64_t> out_sizes);

}  // namespace weir::ops
