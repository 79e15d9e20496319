#pragma once

#include "graph/operation.h"

namespace weir::ops {

/// Elements of any type of numbers that a graph has as float32, int32 or bool: see kernels::cast.
graph::OperationPtr make_cast(DType to);

}  // namespace weir::ops
