#include "kernels/split.h"

#include <limits>

namespace weir::kernels {
namespace {

// Beside the multiplications, a task reads or gathers its rows, some of which are in the cache of
// the thread that wrote them, which costs as much as more columns, and reads its weights from
// memory, which costs as much as a few more rows. Measured: with 3 columns instead of 16 a ResNet50
// takes 1.08 times as long on two threads with AVX-512, and 1.05 times with AVX2.
constexpr std::size_t kGatherColumns = 16;
constexpr std::size_t kWeightRows = 6;

constexpr std::size_t ceiling(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

// What is lost where a thread is held up in the middle of a task, as a part of the task: about what
// it takes to prefer four tasks a thread to one where that costs less than a twentieth more.
constexpr std::size_t kHeldUpPart = 16;

/// Of the thread that does most.
std::size_t cost_of(const Split& split, std::size_t threads) {
  const std::size_t rows =
      ceiling(split.shape.groups * split.tiles(), split.row_parts) * split.tile_rows;
  const std::size_t columns =
      ceiling(panels_of(split.shape.columns), split.column_parts) * kPanelColumns;
  const std::size_t task = (std::min(rows, split.shape.groups * split.shape.rows) + kWeightRows) *
                           (columns + kGatherColumns);
  return (kHeldUpPart * ceiling(split.tasks(), threads) + 1) * task;
}

}  // namespace

Split best_split(const ProductShape& shape, std::size_t tile_rows, const ThreadPool& pool) {
  Split best{shape, tile_rows};
  const std::size_t work = shape.groups * (shape.rows + kWeightRows) * shape.columns *
                           std::max<std::size_t>(shape.inner, 1);
  const std::size_t threads = pool.size();
  if (work < kLeastParallelWork) return best;
  const std::size_t most = std::clamp(work / kLeastTaskWork, threads, pool.shares());
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (std::size_t tasks = threads; tasks <= most; tasks += threads) {
    for (std::size_t row_parts = 1; row_parts <= tasks; ++row_parts) {
      const Split split{shape, tile_rows, row_parts,
                        std::min(tasks / row_parts, panels_of(shape.columns))};
      if (row_parts > shape.groups * split.tiles()) break;
      if (const std::size_t cost = cost_of(split, threads); cost < least) {
        least = cost;
        best = split;
      }
    }
  }
  return best;
}

}  // namespace weir::kernels
