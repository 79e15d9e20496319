#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/product.h"

namespace weir::kernels {

struct Range {
  std::size_t begin;
  std::size_t end;

  bool has(std::size_t i) const { return begin <= i && i < end; }
};

/// The part-th of `parts` nearly equal parts of [0, count).
constexpr Range part_of(std::size_t count, std::size_t part, std::size_t parts) {
  if (parts == 1) return {0, count};  // Two divisions cost more than what is small.
  return {count * part / parts, count * (part + 1) / parts};
}

/// Work below this many multiply-adds (a few microseconds) is not worth waking a thread for.
inline constexpr std::size_t kLeastParallelWork = std::size_t{1} << 18;
/// A task below this many is not worth claiming by itself.
inline constexpr std::size_t kLeastTaskWork = std::size_t{1} << 17;

/// A product's outputs as a grid of tasks: `row_parts` x `column_parts`. The rows of all groups are
/// cut between tiles, the columns between panels.
struct Split {
  ProductShape shape;
  std::size_t tile_rows;
  std::size_t row_parts = 1;
  std::size_t column_parts = 1;

  std::size_t tiles() const { return (shape.rows + tile_rows - 1) / tile_rows; }
  std::size_t tasks() const { return row_parts * column_parts; }

  Range panels(std::size_t task) const {
    return part_of(panels_of(shape.columns), task % column_parts, column_parts);
  }

  /// Calls visit(group, rows) for each group that the task has rows of.
  template <typename Visit>
  void for_rows(std::size_t task, const Visit& visit) const {
    if (row_parts == 1) {
      for (std::size_t group = 0; group < shape.groups; ++group) visit(group, {0, shape.rows});
      return;
    }
    const auto [begin, end] = part_of(shape.groups * tiles(), task / column_parts, row_parts);
    for (std::size_t tile = begin; tile < end;) {
      const std::size_t group = tile / tiles();
      const std::size_t stop = std::min(end, (group + 1) * tiles());
      visit(group, Range{(tile - group * tiles()) * tile_rows,
                         std::min(shape.rows, (stop - group * tiles()) * tile_rows)});
      tile = stop;
    }
  }
};

/// The grid that is done first by the pool's threads, each of which takes the next task when it is
/// free, with something allowed for threads that are held up.
Split best_split(const ProductShape& shape, std::size_t tile_rows, const ThreadPool& pool);

/// The same, without a search where there is one thread.
inline Split split_product(const ProductShape& shape, std::size_t tile_rows,
                           const ThreadPool& pool) {
  return pool.size() == 1 ? Split{shape, tile_rows} : best_split(shape, tile_rows, pool);
}

}  // namespace weir::kernels
