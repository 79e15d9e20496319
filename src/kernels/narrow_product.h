#pragma once

#include <cstddef>

#include "base/thread_pool.h"
#include "kernels/matmul.h"

/// The matrix product of few columns, as of a last layer of one unit: vectors run along the inner
/// index, where along the columns most of a panel would be padding.
///
/// Every result is bias + residual, plus for each block of the inner index the sum of its two
/// vectors of partial sums, in order. Like the wide product's, its bits depend on nothing but its
/// own operands.
namespace weir::kernels {

/// The most columns that it takes.
inline constexpr std::size_t kNarrowColumns = 4;

/// Whether it is faster than the wide product; depends on the weights' shape only. A sum over the
/// lanes of a vector costs about as much as a dozen steps of the inner index.
constexpr bool is_narrow(std::size_t inner, std::size_t columns) {
  return columns <= kNarrowColumns && inner >= 16 * columns;
}

/// How the weights of a narrow product lie: as `pack_matmul` lays them out, or column after column,
/// as it reads them.
enum class NarrowLayout { kPanels, kColumns };

/// As `matmul`, without scratch.
void narrow_product(const MatmulShape& shape, const float* a, std::size_t lda, const float* packed,
                    NarrowLayout layout, float* c, std::size_t ldc, const Epilogue& epilogue,
                    const ThreadPool& pool);

/// Floats of the weights as columns, each padded with zeros to whole vectors.
constexpr std::size_t packed_columns_floats(std::size_t inner, std::size_t columns) {
  return panels_of(inner) * kPanelColumns * columns;
}

/// Packs rows as `pack_matmul_rows` does, but as columns.
void pack_columns_rows(const float* w, const float* column_scale, std::size_t first,
                       std::size_t rows, std::size_t inner, std::size_t columns, float* packed);

}  // namespace weir::kernels
