#pragma once

#include "kernels/block.h"

namespace weir::kernels {

/// Numbers of work space for matrices of this size.
std::size_t singular_values_work(std::size_t rows, std::size_t columns);

/// The singular values of `matrix`, falling, as many as its smaller size, and its singular vectors:
/// matrix = u diag(values) v^T. `u` and `v` have the matrix's rows and columns as rows, and as many
/// columns as there are values or, of the longer side, as it has rows itself. The matrix is left
/// undefined. Where it holds what is no finite number, all results are NaN.
///
/// Jacobi's method on both sides, after a QR decomposition where the matrix is not square: slow for
/// large matrices, exact for small values, and with the signs that TensorFlow's have.
void singular_values(const Block& matrix, double* values, const Block& u, const Block& v,
                     double* work);

}  // namespace weir::kernels
