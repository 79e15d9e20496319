#pragma once

#include "graph/operation.h"

namespace weir::ops {

/// The bits of float32 or int32 elements taken for those of the other type: an alias.
graph::OperationPtr make_bitcast(DType to);

}  // namespace weir::ops
