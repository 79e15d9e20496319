#include "kernels/split.h"

#include <limits>

namespace weir::kernels {
namespace {

// Beside the multiplications, a task gathers its rows, which costs as much as a few more columns,
// and reads its weights from memory, which costs as much as a few more rows.
constexpr std::size_t kGatherColumns = 3;
constexpr std::size_t kWeightRows = 6;

constexpr std::size_t ceiling(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

std::size_t cost_of(const Split& split) {
  const std::size_t rows =
      ceiling(split.shape.groups * split.tiles(), split.row_parts) * split.tile_rows;
  const std::size_t columns =
      ceiling(panels_of(split.shape.columns), split.column_parts) * kPanelColumns;
  return (std::min(rows, split.shape.groups * split.shape.rows) + kWeightRows) *
         (columns + kGatherColumns);
}

}  // namespace

Split split_product(const ProductShape& shape, std::size_t tile_rows, std::size_t threads) {
  Split best{shape, tile_rows};
  const std::size_t outputs = shape.groups * shape.rows * shape.columns;
  if (threads == 1 || outputs * std::max<std::size_t>(shape.inner, 1) < kLeastParallelWork) {
    return best;
  }
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (std::size_t row_parts = 1; row_parts <= threads; ++row_parts) {
    const Split split{shape, tile_rows, row_parts,
                      std::min(threads / row_parts, panels_of(shape.columns))};
    if (row_parts > shape.groups * split.tiles()) break;
    if (const std::size_t cost = cost_of(split); cost < least) {
      least = cost;
      best = split;
    }
  }
  return best;
}

}  // namespace weir::kernels
