#include "kernels/symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/householder.h"
#include "kernels/rotation.h"

namespace weir::kernels {
namespace {

/// A symmetric matrix of which all but the diagonal and the one below it is 0.
struct Tridiagonal {
  double* diagonal;
  double* below;
  std::size_t n;
};

/// The lower triangle of both, divided by `scale`.
void mirror(const Block& matrix, double scale) {
  for (std::size_t i = 0; i < matrix.rows; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      matrix.row(i)[j] /= scale;
      matrix.row(j)[i] = matrix.row(i)[j];
    }
  }
}

/// The largest magnitude of the lower triangle; 1 where there is nothing else than 0.
double scale_of(const Block& matrix) {
  double largest = 0.0;
  for (std::size_t i = 0; i < matrix.rows; ++i) {
    for (std::size_t j = 0; j <= i; ++j) largest = std::max(largest, std::abs(matrix.row(i)[j]));
  }
  return largest == 0.0 ? 1.0 : largest;
}

/// block := H block H, of the reflection H. `work` has room for a number a row.
void reflect_both_sides(double tau, const Column& reflection, const Block& block, double* work) {
  double along = 0.0;
  for (std::size_t i = 0; i < block.rows; ++i) {
    double sum = 0.0;
    for (std::size_t j = 0; j < block.columns; ++j) sum += block.row(i)[j] * reflection[j];
    work[i] = tau * sum;
    along += work[i] * reflection[i];
  }
  for (std::size_t i = 0; i < block.rows; ++i) work[i] -= 0.5 * tau * along * reflection[i];
  for (std::size_t i = 0; i < block.rows; ++i) {
    for (std::size_t j = 0; j < block.columns; ++j) {
      block.row(i)[j] -= reflection[i] * work[j] + work[i] * reflection[j];
    }
  }
}

/// Leaves the reflections in the matrix, each below the diagonal that it made.
void reduce_to_tridiagonal(const Block& matrix, const Tridiagonal& result, double* taus,
                           double* work) {
  for (std::size_t k = 0; k + 1 < result.n; ++k) {
    const Column column = matrix.from(k + 1, k).column(0);
    taus[k] = make_reflection(column);
    result.below[k] = column[0];
    column[0] = 1.0;
    if (taus[k] != 0.0) reflect_both_sides(taus[k], column, matrix.from(k + 1, k + 1), work);
  }
  for (std::size_t k = 0; k < result.n; ++k) result.diagonal[k] = matrix.row(k)[k];
}

void form_vectors(const Block& reflections, const double* taus, const Block& vectors) {
  make_identity(vectors);
  for (std::size_t k = vectors.rows - 1; k-- > 0;) {
    reflect(taus[k], reflections.from(k + 1, k).column(0), vectors.from(k + 1, k + 1));
  }
}

/// What turns (x, z) into (r, 0).
Rotation eliminating(double x, double z) {
  if (z == 0.0) return {x < 0.0 ? -1.0 : 1.0, 0.0};
  if (x == 0.0) return {0.0, z < 0.0 ? 1.0 : -1.0};
  if (std::abs(x) > std::abs(z)) {
    const double t = z / x;
    const double cosine = 1.0 / std::copysign(std::sqrt(1.0 + t * t), x);
    return {cosine, -t * cosine};
  }
  const double t = x / z;
  const double sine = -1.0 / std::copysign(std::sqrt(1.0 + t * t), z);
  return {-t * sine, sine};
}

/// Wilkinson's: of the last two by two, the eigenvalue that is nearer to the last element.
double shift_of(const Tridiagonal& t, std::size_t end) {
  const double half = 0.5 * (t.diagonal[end - 1] - t.diagonal[end]);
  const double e = t.below[end - 1];
  if (half == 0.0) return t.diagonal[end] - std::abs(e);
  return t.diagonal[end] - e * e / (half + std::copysign(std::hypot(half, e), half));
}

/// One implicit QR step on the rows from `start` to `end`, which chases a bulge down the diagonal.
void make_step(const Tridiagonal& t, std::size_t start, std::size_t end, const Block& vectors) {
  double x = t.diagonal[start] - shift_of(t, end);
  double z = t.below[start];
  for (std::size_t k = start; k < end && z != 0.0; ++k) {
    const Rotation by = eliminating(x, z);
    const auto [c, s] = by;
    const double first = s * t.diagonal[k] + c * t.below[k];
    const double second = s * t.below[k] + c * t.diagonal[k + 1];
    t.diagonal[k] =
        c * (c * t.diagonal[k] - s * t.below[k]) - s * (c * t.below[k] - s * t.diagonal[k + 1]);
    t.diagonal[k + 1] = s * first + c * second;
    t.below[k] = c * first - s * second;
    if (k > start) t.below[k - 1] = c * t.below[k - 1] - s * z;
    x = t.below[k];
    if (k + 1 < end) {
      z = -s * t.below[k + 1];
      t.below[k + 1] *= c;
    }
    rotate_columns(by.inverse(), vectors, k, k + 1);
  }
}

void drop_small(const Tridiagonal& t, std::size_t start, std::size_t end) {
  for (std::size_t i = start; i < end; ++i) {
    const double scaled = t.below[i] / std::numeric_limits<float>::epsilon();
    const double size = std::abs(t.diagonal[i]) + std::abs(t.diagonal[i + 1]);
    const bool is_small = std::abs(t.below[i]) < std::numeric_limits<float>::min();
    if (is_small || scaled * scaled <= size) t.below[i] = 0.0;
  }
}

/// Whether the matrix has become diagonal.
bool diagonalize(const Tridiagonal& t, const Block& vectors) {
  constexpr std::size_t kMostSteps = 30;  // A row, as LAPACK has it.
  std::size_t start = 0;
  std::size_t end = t.n - 1;
  for (std::size_t steps = 0; steps <= kMostSteps * t.n; ++steps) {
    drop_small(t, start, end);
    while (end > 0 && t.below[end - 1] == 0.0) --end;
    if (end == 0) return true;
    start = end - 1;
    while (start > 0 && t.below[start - 1] != 0.0) --start;
    make_step(t, start, end, vectors);
  }
  return false;
}

void sort_rising(double* values, const Block& vectors) {
  for (std::size_t i = 0; i < vectors.columns; ++i) {
    const auto least = std::min_element(values + i, values + vectors.columns) - values;
    std::swap(values[i], values[least]);
    swap_columns(vectors, i, static_cast<std::size_t>(least));
  }
}

}  // namespace

void symmetric_eigen(const Block& matrix, double* values, const Block& vectors, double* work) {
  const std::size_t n = matrix.rows;
  if (n == 0) return;
  const double scale = scale_of(matrix);
  mirror(matrix, scale);
  const Tridiagonal tridiagonal{values, work, n};
  double* taus = work + n;
  // The vectors' first row is not made yet, and has as many elements as a row of the work.
  reduce_to_tridiagonal(matrix, tridiagonal, taus, vectors.row(0));
  form_vectors(matrix, taus, vectors);
  if (!diagonalize(tridiagonal, vectors)) {
    std::fill_n(values, n, std::nan(""));
    fill(vectors, std::nan(""));
    return;
  }
  sort_rising(values, vectors);
  for (std::size_t i = 0; i < n; ++i) values[i] *= scale;
}

}  // namespace weir::kernels
