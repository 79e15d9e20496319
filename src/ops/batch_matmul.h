#pragma once

#include "graph/operation.h"

namespace weir::ops {

/// Products of the matrices along the last two axes of two inputs: (…, rows, inner) and (…, inner,
/// columns) to (…, rows, columns), with the same axes before them.
graph::OperationPtr make_batch_matmul();

}  // namespace weir::ops
