#pragma once

#include "graph/operation.h"

namespace weir::ops {

/// x * scale[c] + shift[c] of a float32 tensor, c being the index along the axis that has
/// `axes_after` axes after it.
graph::OperationPtr make_channel_affine(graph::ChannelAffine affine, std::size_t axes_after);

}  // namespace weir::ops
