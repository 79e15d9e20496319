#pragma once

#include "graph/constant.h"
#include "graph/operation.h"

namespace weir::ops {

/// A float32 or int32 constant as a value, for operations that take values only. Has no input, and
/// copies the constant whenever it runs.
graph::OperationPtr make_constant_value(graph::Constant constant);

}  // namespace weir::ops
