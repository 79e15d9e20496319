#pragma once

#include <cstdint>

#include "graph/operation.h"

/// Operations on the square float32 matrices along the last two axes, each computed in double
/// precision: see kernels/linear_algebra.h.
namespace weir::ops {

/// The determinants, (…, n, n) to (…).
graph::OperationPtr make_determinant();
/// Their signs, and the logarithms of their magnitudes.
graph::OperationPtr make_sign_and_log_determinant();

graph::OperationPtr make_inverse();

/// The lower factor L of matrices L L^T, of which the lower triangle is read.
graph::OperationPtr make_cholesky();

/// Which part of a matrix is that of the equations.
enum class EquationsPart : std::uint8_t { kAll, kLower, kUpper };

/// What times the first input's matrices gives the second's, (…, n, columns).
graph::OperationPtr make_solve(EquationsPart part);

}  // namespace weir::ops
