#pragma once

#include <algorithm>
#include <cstddef>

#include "base/thread_pool.h"

namespace weir::kernels {

/// Elements of memory-bound work for which waking another thread pays.
inline constexpr std::size_t kParallelGrain = 1 << 14;

/// Splits `rows` rows of `row_elements` elements of memory-bound work among the threads, each
/// getting enough to be worth it: `task(begin, end)`.
template <typename Task>
void for_rows(const ThreadPool& pool, std::size_t rows, std::size_t row_elements,
              const Task& task) {
  if (rows == 0) return;
  if (pool.size() == 1 || rows * row_elements <= kParallelGrain) {  // A division costs more.
    task(std::size_t{0}, rows);
    return;
  }
  const std::size_t grain =
      std::max<std::size_t>(1, kParallelGrain / std::max<std::size_t>(1, row_elements));
  pool.for_ranges(rows, grain, [&](std::size_t /*slot*/, std::size_t begin, std::size_t end) {
    task(begin, end);
  });
}

}  // namespace weir::kernels
