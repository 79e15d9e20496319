#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "kernels/householder.h"
#include "kernels/singular_values.h"
#include "kernels/symmetric_eigen.h"

namespace weir::kernels {
namespace {

/// A matrix of its own.
struct Matrix {
  std::size_t rows;
  std::size_t columns;
  std::vector<double> values = std::vector<double>(rows * columns, 0.0);

  Block block() { return {values.data(), rows, columns, columns}; }
  double at(std::size_t i, std::size_t j) const { return values[i * columns + j]; }
};

Matrix random_matrix(std::size_t rows, std::size_t columns) {
  std::mt19937 generator(static_cast<unsigned>(100 * rows + columns));
  std::normal_distribution<double> distribution;
  Matrix matrix{rows, columns};
  for (double& value : matrix.values) value = distribution(generator);
  return matrix;
}

/// Its last row is the first, and the rest of its last column 0.
Matrix degenerate_matrix(std::size_t rows, std::size_t columns) {
  Matrix matrix = random_matrix(rows, columns);
  for (std::size_t i = 0; i < rows; ++i) matrix.values[i * columns + columns - 1] = 0.0;
  std::copy_n(matrix.values.begin(), columns, matrix.values.end() - std::ptrdiff_t(columns));
  return matrix;
}

std::vector<Matrix> matrices() {
  std::vector<Matrix> all;
  for (const std::size_t rows : {1U, 2U, 3U, 5U, 8U, 17U}) {
    for (const std::size_t columns : {1U, 2U, 3U, 5U, 8U, 17U}) {
      all.push_back(random_matrix(rows, columns));
      all.push_back(degenerate_matrix(rows, columns));
      all.push_back({rows, columns});
    }
  }
  return all;
}

/// a diag(scale) b^T, of as many columns as there are scales.
Matrix product(const Matrix& a, const std::vector<double>& scale, const Matrix& b) {
  Matrix result{a.rows, b.rows};
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < b.rows; ++j) {
      for (std::size_t k = 0; k < scale.size(); ++k) {
        result.values[i * b.rows + j] += a.at(i, k) * scale[k] * b.at(j, k);
      }
    }
  }
  return result;
}

Matrix transposed(const Matrix& a) {
  Matrix result{a.columns, a.rows};
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < a.columns; ++j) result.values[j * a.rows + i] = a.at(i, j);
  }
  return result;
}

void expect_near(const Matrix& actual, const Matrix& expected, double tolerance = 1e-12) {
  ASSERT_EQ(actual.values.size(), expected.values.size());
  for (std::size_t i = 0; i < actual.values.size(); ++i) {
    ASSERT_NEAR(actual.values[i], expected.values[i], tolerance)
        << expected.rows << "x" << expected.columns << " at " << i;
  }
}

/// All columns of length 1 and at right angles.
void expect_orthonormal(const Matrix& matrix, double tolerance = 1e-12) {
  const Matrix columns = transposed(matrix);
  Matrix identity{matrix.columns, matrix.columns};
  make_identity(identity.block());
  expect_near(product(columns, std::vector<double>(matrix.rows, 1.0), columns), identity,
              tolerance);
}

TEST(Qr, IsAnOrthonormalMatrixTimesATriangle) {
  for (const Matrix& matrix : matrices()) {
    const std::size_t smaller = std::min(matrix.rows, matrix.columns);
    for (const std::size_t kept : {smaller, matrix.rows}) {
      Matrix factors = matrix;
      std::vector<double> taus(smaller);
      Matrix q{matrix.rows, kept};
      factor_qr(factors.block(), taus.data());
      form_q(factors.block(), taus.data(), q.block());
      expect_orthonormal(q);
      Matrix triangle{kept, matrix.columns};
      for (std::size_t i = 0; i < smaller; ++i) {
        for (std::size_t j = i; j < matrix.columns; ++j) {
          triangle.values[i * matrix.columns + j] = factors.at(i, j);
        }
      }
      expect_near(product(q, std::vector<double>(kept, 1.0), transposed(triangle)), matrix);
    }
  }
}

TEST(Qr, TurnsAColumnToTheOtherSideUnlessItIsThereAlready) {
  Matrix matrix{2, 2, {3.0, 1.0, 4.0, 2.0}};
  std::vector<double> taus(2);
  factor_qr(matrix.block(), taus.data());
  EXPECT_NEAR(matrix.at(0, 0), -5.0, 1e-15);
  Matrix triangle{2, 2, {3.0, 1.0, 0.0, -2.0}};
  factor_qr(triangle.block(), taus.data());
  EXPECT_EQ(triangle.values, (std::vector<double>{3.0, 1.0, 0.0, -2.0}));
}

TEST(SingularValues, AreThoseOfTheMatrixAndFall) {
  for (const Matrix& matrix : matrices()) {
    const std::size_t smaller = std::min(matrix.rows, matrix.columns);
    for (const bool is_complete : {false, true}) {
      Matrix work = matrix;
      Matrix u{matrix.rows, is_complete ? matrix.rows : smaller};
      Matrix v{matrix.columns, is_complete ? matrix.columns : smaller};
      std::vector<double> values(smaller);
      std::vector<double> room(singular_values_work(matrix.rows, matrix.columns), NAN);
      singular_values(work.block(), values.data(), u.block(), v.block(), room.data());
      EXPECT_TRUE(std::is_sorted(values.rbegin(), values.rend()));
      EXPECT_GE(values.back(), 0.0);
      expect_orthonormal(u);
      expect_orthonormal(v);
      expect_near(product(u, values, v), matrix);
    }
  }
}

TEST(SingularValues, OfWhatIsNoNumberAreNone) {
  for (const double odd : {NAN, INFINITY}) {
    Matrix matrix = random_matrix(3, 2);
    matrix.values[4] = odd;
    Matrix u{3, 2};
    Matrix v{2, 2};
    std::vector<double> values(2);
    std::vector<double> room(singular_values_work(3, 2));
    singular_values(matrix.block(), values.data(), u.block(), v.block(), room.data());
    EXPECT_TRUE(std::isnan(values[0]) && std::isnan(u.values[5]) && std::isnan(v.values[3]));
  }
}

/// What `symmetric_eigen` finds, from the lower triangle alone.
struct Eigen {
  explicit Eigen(Matrix matrix) : vectors{matrix.rows, matrix.rows}, values(matrix.rows) {
    for (std::size_t i = 0; i < matrix.rows; ++i) {
      for (std::size_t j = i + 1; j < matrix.rows; ++j) matrix.values[i * matrix.rows + j] = 1e9;
    }
    std::vector<double> work(2 * matrix.rows, NAN);
    symmetric_eigen(matrix.block(), values.data(), vectors.block(), work.data());
  }

  Matrix vectors;
  std::vector<double> values;
};

TEST(SymmetricEigen, ValuesRiseAndTheirVectorsMakeTheMatrix) {
  for (const std::size_t n : {1U, 2U, 3U, 4U, 7U, 16U, 33U}) {
    const Matrix half = random_matrix(n, n);
    const Matrix flat{n, n};
    const Matrix square = product(half, std::vector<double>(n, 1.0), half);
    Matrix diagonal = flat;
    for (std::size_t i = 0; i < n; ++i) diagonal.values[i * n + i] = i % 2 == 0 ? 2.0 : -3.0;
    for (const Matrix& matrix : {square, flat, diagonal}) {
      const Eigen eigen(matrix);
      EXPECT_TRUE(std::is_sorted(eigen.values.begin(), eigen.values.end()));
      expect_orthonormal(eigen.vectors);
      // The steps stop at single precision.
      expect_near(product(eigen.vectors, eigen.values, eigen.vectors), matrix,
                  1e-6 * static_cast<double>(n) * static_cast<double>(n));
    }
  }
}

TEST(SymmetricEigen, OfWhatIsNoNumberAreNone) {
  Matrix matrix = random_matrix(5, 5);
  matrix.values[10] = NAN;
  const Eigen eigen(matrix);
  EXPECT_TRUE(std::isnan(eigen.values[0]) && std::isnan(eigen.vectors.values[24]));
}

}  // namespace
}  // namespace weir::kernels
