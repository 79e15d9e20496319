#include "kernels/singular_values.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/householder.h"
#include "kernels/rotation.h"

namespace weir::kernels {
namespace {

/// A square matrix that becomes diagonal, and what it is multiplied with on both sides.
struct Iteration {
  Block matrix;
  Block u;
  Block v;
};

double largest_magnitude(const Block& block) {
  double largest = 0.0;
  for (std::size_t i = 0; i < block.rows; ++i) {
    for (std::size_t j = 0; j < block.columns; ++j) {
      const double size = std::abs(block.row(i)[j]);
      if (!std::isfinite(size)) return std::nan("");
      largest = std::max(largest, size);
    }
  }
  return largest;
}

/// to := from / scale, or its transpose.
void copy_scaled(const Block& from, double scale, bool transposes, const Block& to) {
  for (std::size_t i = 0; i < from.rows; ++i) {
    for (std::size_t j = 0; j < from.columns; ++j) {
      (transposes ? to.row(j)[i] : to.row(i)[j]) = from.row(i)[j] / scale;
    }
  }
}

/// What makes the symmetric matrix ((a, b), (b, c)) diagonal, by the smaller angle.
Rotation diagonalizing(double a, double b, double c) {
  const double twice = 2.0 * std::abs(b);
  if (twice < std::numeric_limits<double>::min()) return {};
  const double tau = (a - c) / twice;
  const double root = std::sqrt(tau * tau + 1.0);
  const double tangent = 1.0 / (tau > 0.0 ? tau + root : tau - root);
  const double cosine = 1.0 / std::sqrt(tangent * tangent + 1.0);
  return {cosine, -tangent * std::copysign(cosine, b)};
}

/// What makes the matrix ((a, b), (c, d)) symmetric, from the left.
Rotation symmetrizing(double a, double b, double c, double d) {
  const double difference = c - b;
  if (std::abs(difference) < std::numeric_limits<double>::min()) return {};
  const double u = (a + d) / difference;
  const double root = std::sqrt(1.0 + u * u);
  return {u / root, 1.0 / root};
}

/// Makes the elements (p, q) and (q, p) 0.
void eliminate(const Iteration& state, std::size_t p, std::size_t q) {
  double* first = state.matrix.row(p);
  double* second = state.matrix.row(q);
  double a = first[p];
  double b = first[q];
  double c = second[p];
  double d = second[q];
  const Rotation symmetric = symmetrizing(a, b, c, d);
  rotate(symmetric, a, c);
  rotate(symmetric, b, d);
  const Rotation right = diagonalizing(a, b, d);
  const Rotation left = symmetric * right.inverse();
  rotate_rows(left, state.matrix, p, q);
  rotate_columns(left, state.u, p, q);
  rotate_columns(right.inverse(), state.matrix, p, q);
  rotate_columns(right.inverse(), state.v, p, q);
}

/// All pairs once. Whether any was not 0.
bool sweep(const Iteration& state, double& largest) {
  constexpr double kPrecision = 2.0 * std::numeric_limits<double>::epsilon();
  bool changes = false;
  for (std::size_t p = 1; p < state.matrix.rows; ++p) {
    for (std::size_t q = 0; q < p; ++q) {
      const double* first = state.matrix.row(p);
      const double* second = state.matrix.row(q);
      const double limit = std::max(std::numeric_limits<double>::min(), kPrecision * largest);
      if (std::abs(first[q]) <= limit && std::abs(second[p]) <= limit) continue;
      changes = true;
      eliminate(state, p, q);
      largest = std::max({largest, std::abs(first[p]), std::abs(second[q])});
    }
  }
  return changes;
}

void diagonalize(const Iteration& state) {
  constexpr int kMostSweeps = 60;  // Convergence is quadratic: ten are many.
  double largest = 0.0;
  for (std::size_t i = 0; i < state.matrix.rows; ++i) {
    largest = std::max(largest, std::abs(state.matrix.row(i)[i]));
  }
  for (int sweeps = 0; sweeps < kMostSweeps; ++sweeps) {
    if (!sweep(state, largest)) return;
  }
}

void negate_column(const Block& block, std::size_t j) {
  for (std::size_t i = 0; i < block.rows; ++i) block.row(i)[j] = -block.row(i)[j];
}

/// The diagonal's magnitudes, falling.
void take_values(const Iteration& state, double scale, double* values) {
  const std::size_t count = state.matrix.rows;
  for (std::size_t i = 0; i < count; ++i) {
    const double value = state.matrix.row(i)[i];
    if (value < 0.0) negate_column(state.u, i);
    values[i] = std::abs(value) * scale;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto largest =
        static_cast<std::size_t>(std::max_element(values + i, values + count) - values);
    std::swap(values[i], values[largest]);
    swap_columns(state.u, i, largest);
    swap_columns(state.v, i, largest);
  }
}

/// The factor of a matrix with more rows than columns, whose basis goes into `long_side`, and the
/// order of its columns into `short_side`.
void reduce_to_square(const Block& tall, double* taus, const Block& long_side,
                      const Block& short_side) {
  make_identity(short_side);
  factor_qr_with_pivots(tall, taus, short_side);
  form_q(tall, taus, long_side);
  for (std::size_t i = 1; i < tall.columns; ++i) std::fill_n(tall.row(i), i, 0.0);
}

}  // namespace

std::size_t singular_values_work(std::size_t rows, std::size_t columns) {
  const std::size_t small = std::min(rows, columns);
  return rows * columns + small * small + small;
}

void singular_values(const Block& matrix, double* values, const Block& u, const Block& v,
                     double* work) {
  const bool is_wide = matrix.columns > matrix.rows;
  const std::size_t small = std::min(matrix.rows, matrix.columns);
  const double largest = largest_magnitude(matrix);
  if (std::isnan(largest)) {
    std::fill_n(values, small, largest);
    fill(u, largest);
    fill(v, largest);
    return;
  }
  const double scale = largest == 0.0 ? 1.0 : largest;
  const Block tall{work, std::max(matrix.rows, matrix.columns), small, small};
  copy_scaled(matrix, scale, is_wide, tall);
  const Block square{tall.first + tall.rows * small, small, small, small};
  if (matrix.rows == matrix.columns) {
    make_identity(u);
    make_identity(v);
  } else {
    reduce_to_square(tall, square.first + small * small, is_wide ? v : u, is_wide ? u : v);
  }
  copy_scaled({tall.first, small, small, small}, 1.0, is_wide, square);
  const Iteration state{square, u, v};
  diagonalize(state);
  take_values(state, scale, values);
}

}  // namespace weir::kernels
