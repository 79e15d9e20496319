#pragma once

#include "kernels/block.h"

namespace weir::kernels {

/// The eigenvalues of a symmetric matrix (n, n), rising, and its eigenvectors, each a column of
/// `vectors` (n, n). Reads the lower triangle of `matrix`, and leaves it undefined; `work` has room
/// for 2 n numbers. Where the steps do not come to an end, as with NaN, all results are NaN.
///
/// A reduction to three diagonals and implicit QR steps, which stop at single precision: each step
/// may turn a vector around, and TensorFlow nearly always makes as many.
void symmetric_eigen(const Block& matrix, double* values, const Block& vectors, double* work);

}  // namespace weir::kernels
