#pragma once

#include "graph/operation.h"

namespace weir::ops {

/// The same elements in another of the executable types (float32, int32, bool), as Keras casts
/// them: floats are truncated towards zero, and limited to what an int32 can hold; what is not zero
/// is true.
graph::OperationPtr make_cast(DType to);

}  // namespace weir::ops
