#pragma once

#include "graph/operation.h"
#include "kernels/order.h"

namespace weir::ops {

/// The first `kept` elements (at most the axis's size) along the last axis of a float32 or int32
/// tensor in their order: their values, and their int32 positions on the axis. Equal elements stay
/// in the order in which they were; NaN counts as larger than any number.
graph::OperationPtr make_order(kernels::Order order, std::int64_t kept);

}  // namespace weir::ops
