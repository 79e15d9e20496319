#pragma once

#include <string>

#include "graph/operation.h"

namespace weir::ops {

/// int32 elements as they are. The step throws kInvalidArgument, with the text `advice`, for one
/// that is not between 0 and `size`, which is not included.
graph::OperationPtr make_bounds_check(std::int64_t size, std::string advice);

}  // namespace weir::ops
