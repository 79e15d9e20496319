#pragma once

#include "graph/operation.h"

namespace weir::ops {

/// Along the last axis, the elements at computed int32 positions: of (…, size) and (…, count), with
/// the same axes before the last, to (…, count). A negative position counts from the end; one that
/// is none gives NaN, or the least integer. Elements are float32 or int32.
graph::OperationPtr make_take_along();

}  // namespace weir::ops
