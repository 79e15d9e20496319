#pragma once

#include "graph/operation.h"

/// What depends on how many samples there are in a batch. A model with such a value is not cut into
/// micro-batches, whose sizes are others.
namespace weir::ops {

/// The sizes of a tensor's axes, the batch's being the first, as a list of int32. Has no input.
graph::OperationPtr make_shape_value(const Shape& shape);
bool is_shape_value(const graph::Operation& operation);

/// The tensor as it is, where some attribute of what made it was the size of the batch.
graph::OperationPtr make_bound_to_batch();
bool is_bound_to_batch(const graph::Operation& operation);

}  // namespace weir::ops
