#pragma once

#include <cstddef>

#include "graph/operation.h"

namespace weir::ops {

/// One or more tensors, one after the other along `axis`. Their types are equal, and so are their
/// sizes along all other axes.
graph::OperationPtr make_concat(std::size_t axis);

}  // namespace weir::ops
