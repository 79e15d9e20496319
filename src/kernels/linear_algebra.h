#pragma once

#include <cstddef>

/// Factorisations of small matrices, row-major, in double precision: a model has few of them, and
/// they lose digits that a product does not. Each works in place and allocates nothing.
namespace weir::kernels {

/// Makes `matrix` (n, n) its LU factors, with the rows in the order of pivots of the largest
/// magnitude, and does the same exchanges to the rows of `right` (n, columns). Returns the sign of
/// the exchanges. A singular matrix has a 0 on the diagonal of its factors.
double factor_lu(double* matrix, std::size_t n, double* right, std::size_t columns);

/// right := inverse(U) inverse(L) right, of the factors that `factor_lu` makes.
void solve_lu(const double* factors, std::size_t n, double* right, std::size_t columns);

/// right := inverse(the lower or upper triangle) right.
void solve_triangle(const double* matrix, bool lower, std::size_t n, double* right,
                    std::size_t columns);

/// Makes a symmetric positive matrix (n, n) its lower Cholesky factor, with zeros above the
/// diagonal. NaN where it is not positive. Reads the lower triangle only.
void factor_cholesky(double* matrix, std::size_t n);

}  // namespace weir::kernels
