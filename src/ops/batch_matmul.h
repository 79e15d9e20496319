#pragma once

#include "graph/operation.h"

namespace weir::ops {

/// Product of the matrices of two inputs, sample by sample: (batch, rows, inner) and (batch, inner,
/// columns) to (batch, rows, columns).
graph::OperationPtr make_batch_matmul();

}  // namespace weir::ops
