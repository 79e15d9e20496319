#include "kernels/linear_algebra.h"

#include <algorithm>
#include <cmath>

namespace weir::kernels {
namespace {

/// The row, from `column` on, whose element in that column is largest.
std::size_t pivot_of(const double* matrix, std::size_t n, std::size_t column) {
  std::size_t best = column;
  for (std::size_t row = column + 1; row < n; ++row) {
    const bool larger = std::abs(matrix[row * n + column]) > std::abs(matrix[best * n + column]);
    if (larger) best = row;
  }
  return best;
}

/// to -= factor * from
void subtract_row(double factor, const double* from, double* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) to[i] -= factor * from[i];
}

/// The rows of `right` from the first to the last, or the other way, each without what the earlier
/// ones account for.
void substitute(const double* matrix, bool lower, bool unit_diagonal, std::size_t n, double* right,
                std::size_t columns) {
  for (std::size_t done = 0; done < n; ++done) {
    const std::size_t row = lower ? done : n - 1 - done;
    double* target = right + row * columns;
    const std::size_t first = lower ? 0 : row + 1;
    const std::size_t last = lower ? row : n;
    for (std::size_t other = first; other < last; ++other) {
      subtract_row(matrix[row * n + other], right + other * columns, target, columns);
    }
    if (unit_diagonal) continue;
    for (std::size_t i = 0; i < columns; ++i) target[i] /= matrix[row * n + row];
  }
}

}  // namespace

double factor_lu(double* matrix, std::size_t n, double* right, std::size_t columns) {
  double sign = 1.0;
  for (std::size_t column = 0; column < n; ++column) {
    const std::size_t pivot = pivot_of(matrix, n, column);
    if (pivot != column) {
      std::swap_ranges(matrix + pivot * n, matrix + (pivot + 1) * n, matrix + column * n);
      std::swap_ranges(right + pivot * columns, right + (pivot + 1) * columns,
                       right + column * columns);
      sign = -sign;
    }
    const double diagonal = matrix[column * n + column];
    if (diagonal == 0.0) continue;
    for (std::size_t row = column + 1; row < n; ++row) {
      const double factor = matrix[row * n + column] /= diagonal;
      subtract_row(factor, matrix + column * n + column + 1, matrix + row * n + column + 1,
                   n - column - 1);
    }
  }
  return sign;
}

void solve_lu(const double* factors, std::size_t n, double* right, std::size_t columns) {
  substitute(factors, /*lower=*/true, /*unit_diagonal=*/true, n, right, columns);
  substitute(factors, /*lower=*/false, /*unit_diagonal=*/false, n, right, columns);
}

void solve_triangle(const double* matrix, bool lower, std::size_t n, double* right,
                    std::size_t columns) {
  substitute(matrix, lower, /*unit_diagonal=*/false, n, right, columns);
}

void factor_cholesky(double* matrix, std::size_t n) {
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t column = 0; column <= row; ++column) {
      double sum = matrix[row * n + column];
      for (std::size_t i = 0; i < column; ++i) sum -= matrix[row * n + i] * matrix[column * n + i];
      matrix[row * n + column] = row == column ? std::sqrt(sum) : sum / matrix[column * n + column];
    }
    std::fill(matrix + row * n + row + 1, matrix + (row + 1) * n, 0.0);
  }
}

}  // namespace weir::kernels
