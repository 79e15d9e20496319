#pragma once

#include "ops/product.h"

namespace weir::ops {

/// The last axis (of `inner` elements) times a constant (inner, columns) matrix: (…, inner) to
/// (…, columns), for inputs of any rank from 2. The kernel and the bias, as `terms` arranges them,
/// have inner * columns and columns elements.
graph::OperationPtr make_matmul(std::size_t inner, std::size_t columns, ProductTerms terms);

}  // namespace weir::ops
