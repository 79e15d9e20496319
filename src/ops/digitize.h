#pragma once

#include <vector>

#include "graph/operation.h"

namespace weir::ops {

/// How many of the boundaries, which rise, an element is not below: its bin, from 0, as int32. Of a
/// float32 tensor. NaN is in the last bin.
graph::OperationPtr make_digitize(std::vector<float> boundaries);

}  // namespace weir::ops
