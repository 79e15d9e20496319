#pragma once

#include "graph/operation.h"

namespace weir::ops {

/// A function of each element of a float32 tensor.
graph::OperationPtr make_unary(const kernels::Unary& unary);

/// a * x + b of each element of a float32 tensor whose last axis has `channels` elements. Knowing
/// them, a product before it can take it into its weights.
graph::OperationPtr make_affine(float a, float b, std::int64_t channels);

}  // namespace weir::ops
