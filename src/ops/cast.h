#pragma once

#include "graph/operation.h"

namespace weir::ops {

/// Elements of any executable type as another one: see kernels::cast.
graph::OperationPtr make_cast(DType to);

}  // namespace weir::ops
