#pragma once

#include <cstddef>
#include <vector>

#include "graph/operation.h"

namespace weir::ops {

/// Axis i of the output is axis `permutation[i]` of the input. Any element type. An alias when the
/// permutation is the identity. Inputs whose rank is not the permutation's are kInvalidArgument.
graph::OperationPtr make_transpose(std::vector<std::size_t> permutation);

}  // namespace weir::ops
