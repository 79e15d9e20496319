#pragma once

#include "graph/operation.h"

namespace weir::ops {

/// The same elements, in the same order, under the static shape `target` (batch axis included): an
/// alias. Any element type. Another number of elements is kInvalidArgument.
graph::OperationPtr make_reshape(Shape target);

}  // namespace weir::ops
