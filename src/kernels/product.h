#pragma once

#include <algorithm>
#include <cstddef>

#include "base/thread_pool.h"
#include "kernels/panels.h"
#include "kernels/unary.h"

/// The one engine beneath the matrix product and the convolutions: a blocked product of rows, read
/// where they lie or gathered on the way, with weights that were packed beforehand.
///
/// Every result is one chain of fused multiply-adds that starts with bias + residual and runs
/// through the inner index in order. Blocking cuts the chain (the partial sum waits in the output)
/// but never reorders it, so the bits do not depend on rows, threads or tiles.
namespace weir::kernels {

/// The block of rows that is gathered at a time. 128 rows of 256 floats stay in a second-level
/// cache beside the panels they are multiplied with, and sequences are often as long.
inline constexpr std::size_t kBlockRows = 128;
inline constexpr std::size_t kBlockInner = 256;
/// What need not be gathered is cut later: a stripe of panels this long still stays in a
/// second-level cache, and partial sums are written less often.
inline constexpr std::size_t kInPlaceInner = 4 * kBlockInner;
/// Floats between gathered rows: no power of two, so that they do not fall into the same cache
/// sets.
inline constexpr std::size_t kGatherStride = kBlockInner + 16;
/// Weights that are not kept as floats are decoded so many at a time at most, which stay in a
/// second-level cache beside the rows: a panel of the longest blocks, or several of shorter ones.
inline constexpr std::size_t kDecodedFloats = kInPlaceInner * kPanelColumns;

/// `groups` independent products of (rows x inner) by (inner x columns).
struct ProductShape {
  std::size_t groups = 1;
  std::size_t rows = 0;
  std::size_t inner = 0;
  std::size_t columns = 0;
};

/// Rows at a constant distance. Each is one run of floats, or several of the same length.
struct StridedRows {
  const float* first;
  std::size_t stride;    ///< From one row to the next, in floats.
  std::size_t runs = 1;  ///< Of a row.
  std::size_t jump = 0;  ///< From one run to the next, in floats.
};

/// The left-hand rows of a product, and where the results of each go.
class ProductRows {
 public:
  /// Part of the rows: [row, row + rows) of `group`, elements [inner, inner + count) of each.
  struct Block {
    std::size_t group;
    std::size_t row;
    std::size_t rows;
    std::size_t inner;
    std::size_t count;
  };

  /// How many of `rows` rows from `row` on, all of which are left, make a good block: no more than
  /// kBlockRows.
  virtual std::size_t block_rows(std::size_t row, std::size_t rows) const;
  /// The most elements of a row that a block of these rows has.
  virtual std::size_t block_inner(const Block& /*block*/) const { return kBlockInner; }
  /// Where the block's rows are: as they lie, if that is at a constant distance, or written to
  /// `room`, kGatherStride apart. May run on several threads.
  virtual StridedRows read(const Block& block, float* room) const = 0;
  /// Writes to `offsets` where the results of each row of the block begin, in floats from the start
  /// of the output (and of the residual).
  virtual void place(const Block& block, std::size_t* offsets) const = 0;

 protected:
  ~ProductRows() = default;
};

/// A matrix whose element (r, c) lies at data[r * row_stride + c * column_stride].
struct StridedMatrix {
  const float* data;
  std::size_t row_stride;
  std::size_t column_stride;
};

/// Packs `rows` rows of weights as those from `first` on of one group's `inner`; the caller packs
/// all of them, in as many calls as it likes.
void pack_product_rows(const StridedMatrix& w, const float* column_scale, std::size_t first,
                       std::size_t rows, const ProductShape& shape, float* packed);

/// The same for weights that are kept as `dtype`, which is not kFloat32. `largest` are those of
/// `find_largest` for all rows; only kInt8 needs them.
void pack_product_rows_as(DType dtype, const StridedMatrix& w, const float* column_scale,
                          const float* largest, std::size_t first, std::size_t rows,
                          const ProductShape& shape, std::byte* packed);

/// Raises `largest`, one for each column, to the magnitudes in `rows` rows of weights.
void find_largest(const StridedMatrix& w, const float* column_scale, std::size_t rows,
                  std::size_t columns, float* largest);

/// Multiplies each row of one group's packed weights, `inner` of them, by an element of `scale`.
void scale_product_rows(const ProductShape& shape, const float* packed, const float* scale,
                        float* scaled);

/// Bytes of scratch that `product` needs where rows are gathered.
constexpr std::size_t product_scratch_bytes(std::size_t rows, std::size_t threads) {
  return std::min(rows, kBlockRows) * kGatherStride * sizeof(float) * threads;
}

/// Bytes of scratch that it needs before those for weights that are kept as `dtype`.
constexpr std::size_t decoding_bytes(std::size_t inner, std::size_t columns, DType dtype,
                                     std::size_t threads) {
  if (dtype == DType::kFloat32) return 0;
  const std::size_t of_a_block = packed_product_floats(std::min(inner, kInPlaceInner), columns);
  return std::min(of_a_block, kDecodedFloats) * sizeof(float) * threads;
}

/// out = activation(rows * weights + bias + residual). Group g owns the columns from g * columns on
/// of bias, residual and output. `scratch`, aligned to kAlignment, may be null where nothing is
/// gathered nor decoded. What weights are kept as decides their values, not how they are added.
void product(const ProductShape& shape, const ProductRows& rows, const Panels& weights, float* out,
             const Epilogue& epilogue, std::byte* scratch, const ThreadPool& pool);

}  // namespace weir::kernels
