#pragma once

#include "graph/operation.h"
#include "ops/resize_filter.h"

namespace weir::ops {

/// Float32 (batch, rows, columns, channels) with the columns scaled and translated to `size` of
/// them; see `scaling_filter`.
graph::OperationPtr make_axis_scaling(ResizeMethod method, std::int64_t size,
                                      const AxisScaling& scaling);

}  // namespace weir::ops
