#pragma once

#include "graph/operation.h"
#include "ops/strided_view.h"

namespace weir::ops {

/// Adds a weight, arranged by `view`, to the last axes of a float32 tensor: the sizes of the view
/// are those of the axes.
graph::OperationPtr make_add_constant(graph::Constant weight, StridedView view);

}  // namespace weir::ops
