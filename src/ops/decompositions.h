#pragma once

#include <cstdint>

#include "graph/operation.h"

/// Operations that take the float32 matrices along the last two axes apart, each computed in double
/// precision: see kernels/linear_algebra.h, householder.h, symmetric_eigen.h and singular_values.h.
namespace weir::ops {

/// How many vectors there are of the longer side.
enum class Vectors : std::uint8_t {
  kReduced,  ///< As many as of the shorter one.
  kComplete
};

/// Matrices (…, m, n) to Q (…, m, k) and R (…, k, n), with k = min(m, n), or m where complete.
graph::OperationPtr make_qr(Vectors vectors);

/// Square matrices to their LU factors in one matrix, and to the int32 rows (…, n) of the product
/// of the factors in which each row of the matrix is.
graph::OperationPtr make_lu();

/// Symmetric matrices, of which the lower triangle is read, to their eigenvalues (…, n), rising,
/// and their eigenvectors (…, n, n), which are columns.
graph::OperationPtr make_symmetric_eigen();

/// Matrices (…, m, n) to u (…, m, k), their singular values (…, min(m, n)), falling, and v (…, n,
/// k): u diag(values) v^T.
graph::OperationPtr make_singular_values(Vectors vectors);

}  // namespace weir::ops
