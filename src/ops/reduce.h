#pragma once

#include <vector>

#include "graph/operation.h"
#include "kernels/reduce.h"

namespace weir::ops {

/// Reduces `axes` (distinct), which stay with one element each when `keeps_axes`. Sums, extremes
/// and products of float32 or int32; kAny and kAll of bool; positions are int32; the others of
/// float32. Other types are kUnsupported.
graph::OperationPtr make_reduce(kernels::ReduceKind kind, std::vector<std::size_t> axes,
                                bool keeps_axes);

}  // namespace weir::ops
