#pragma once

#include "graph/operation.h"
#include "kernels/scan.h"

namespace weir::ops {

/// Running sums or products along `axis` of a float32 or int32 tensor.
graph::OperationPtr make_scan(kernels::ScanKind kind, std::size_t axis);

}  // namespace weir::ops
