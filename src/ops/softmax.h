#pragma once

#include "graph/operation.h"

namespace weir::ops {

/// Along one axis of a float32 tensor.
graph::OperationPtr make_softmax(std::size_t axis);
graph::OperationPtr make_log_softmax(std::size_t axis);
graph::OperationPtr make_sparsemax(std::size_t axis);

/// The first half of an axis times the sigmoid of the second. An axis that cannot be halved is
/// kInvalidArgument.
graph::OperationPtr make_glu(std::size_t axis);

}  // namespace weir::ops
