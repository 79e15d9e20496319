#include "kernels/householder.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace weir::kernels {
namespace {

double sum_of_squares(const Column& column, std::size_t first) {
  double sum = 0.0;
  for (std::size_t i = first; i < column.count; ++i) sum += column[i] * column[i];
  return sum;
}

/// The column of the largest sum of squares.
std::size_t largest_column(const Block& block) {
  std::size_t largest = 0;
  double most = -1.0;
  for (std::size_t j = 0; j < block.columns; ++j) {
    const double sum = sum_of_squares(block.column(j), 0);
    if (sum > most) {
      most = sum;
      largest = j;
    }
  }
  return largest;
}

/// Reflects the first column into the diagonal, and the others with it. Returns tau.
double eliminate_first_column(const Block& block) {
  const Column column = block.column(0);
  const double tau = make_reflection(column);
  if (block.columns > 1) reflect(tau, column, block.from(0, 1));
  return tau;
}

}  // namespace

double make_reflection(const Column& column) {
  const double tail = sum_of_squares(column, 1);
  const double head = column[0];
  // What is 0 in single precision leaves the sign as it is.
  if (tail <= std::numeric_limits<float>::min()) {
    for (std::size_t i = 1; i < column.count; ++i) column[i] = 0.0;
    return 0.0;
  }
  const double size = std::sqrt(head * head + tail);
  const double beta = head >= 0.0 ? -size : size;
  for (std::size_t i = 1; i < column.count; ++i) column[i] /= head - beta;
  column[0] = beta;
  return (beta - head) / beta;
}

void reflect(double tau, const Column& reflection, const Block& block) {
  if (tau == 0.0) return;
  for (std::size_t j = 0; j < block.columns; ++j) {
    const Column column = block.column(j);
    double share = column[0];
    for (std::size_t i = 1; i < column.count; ++i) share += reflection[i] * column[i];
    share *= tau;
    column[0] -= share;
    for (std::size_t i = 1; i < column.count; ++i) column[i] -= share * reflection[i];
  }
}

void factor_qr(const Block& matrix, double* taus) {
  for (std::size_t k = 0; k < std::min(matrix.rows, matrix.columns); ++k) {
    taus[k] = eliminate_first_column(matrix.from(k, k));
  }
}

void factor_qr_with_pivots(const Block& matrix, double* taus, const Block& order) {
  for (std::size_t k = 0; k < std::min(matrix.rows, matrix.columns); ++k) {
    const std::size_t pivot = k + largest_column(matrix.from(k, k));
    swap_columns(matrix, k, pivot);
    swap_columns(order, k, pivot);
    taus[k] = eliminate_first_column(matrix.from(k, k));
  }
}

void form_q(const Block& factors, const double* taus, const Block& q) {
  make_identity(q);
  for (std::size_t k = std::min(factors.rows, factors.columns); k-- > 0;) {
    reflect(taus[k], factors.from(k, k).column(0), q.from(k, k));
  }
}

}  // namespace weir::kernels
