#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

/// Parts of small row-major matrices in double precision.
namespace weir::kernels {

/// Elements of a column.
struct Column {
  double* first;
  std::size_t count;
  std::size_t stride;

  double& operator[](std::size_t i) const { return first[i * stride]; }
};

/// Neighbouring rows and columns.
struct Block {
  double* first;
  std::size_t rows;
  std::size_t columns;
  std::size_t stride;

  double* row(std::size_t i) const { return first + i * stride; }
  Column column(std::size_t j) const { return {first + j, rows, stride}; }
  /// Without its first `rows_gone` rows and `columns_gone` columns.
  Block from(std::size_t rows_gone, std::size_t columns_gone) const {
    return {first + rows_gone * stride + columns_gone, rows - rows_gone, columns - columns_gone,
            stride};
  }
};

inline void fill(const Block& block, double value) {
  for (std::size_t i = 0; i < block.rows; ++i) std::fill_n(block.row(i), block.columns, value);
}

/// 1 on the diagonal, and 0 elsewhere.
inline void make_identity(const Block& block) {
  fill(block, 0.0);
  for (std::size_t i = 0; i < std::min(block.rows, block.columns); ++i) block.row(i)[i] = 1.0;
}

inline void swap_columns(const Block& block, std::size_t a, std::size_t b) {
  if (a == b) return;
  for (std::size_t i = 0; i < block.rows; ++i) std::swap(block.row(i)[a], block.row(i)[b]);
}

}  // namespace weir::kernels
