#include "kernels/order.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <type_traits>

namespace weir::kernels {
namespace {

template <typename T>
bool is_nan(T value) {
  if constexpr (std::is_floating_point_v<T>) return std::isnan(value);
  return false;
}

/// A total order, so that the result does not depend on the algorithm.
template <typename T>
bool comes_before(Order order, const T* row, std::int32_t a, std::int32_t b) {
  const T x = row[a];
  const T y = row[b];
  if (is_nan(x) || is_nan(y)) {
    if (is_nan(x) == is_nan(y)) return a < b;
    return is_nan(y) == (order == Order::kRising);
  }
  if (x == y) return a < b;
  return order == Order::kRising ? x < y : x > y;
}

}  // namespace

template <typename T>
void sort_rows(Order order, std::size_t rows, std::size_t size, std::size_t kept, const T* in,
               T* values, std::int32_t* positions, std::int32_t* scratch, const ThreadPool& pool) {
  // About how many comparisons of a sort pay for another thread.
  constexpr std::size_t kGrain = 1 << 12;
  const std::size_t grain = std::max<std::size_t>(1, kGrain / std::max<std::size_t>(1, size));
  pool.for_ranges(rows, grain, [&](std::size_t slot, std::size_t begin, std::size_t end) {
    const std::span order_of_row(scratch + slot * size, size);
    for (std::size_t row = begin; row < end; ++row) {
      const T* from = in + row * size;
      std::iota(order_of_row.begin(), order_of_row.end(), 0);
      std::partial_sort(
          order_of_row.begin(), order_of_row.begin() + static_cast<std::ptrdiff_t>(kept),
          order_of_row.end(),
          [&](std::int32_t a, std::int32_t b) { return comes_before(order, from, a, b); });
      for (std::size_t i = 0; i < kept; ++i) {
        positions[row * kept + i] = order_of_row[i];
        values[row * kept + i] = from[order_of_row[i]];
      }
    }
  });
}

template void sort_rows(Order, std::size_t, std::size_t, std::size_t, const float*, float*,
                        std::int32_t*, std::int32_t*, const ThreadPool&);
template void sort_rows(Order, std::size_t, std::size_t, std::size_t, const std::int32_t*,
                        std::int32_t*, std::int32_t*, std::int32_t*, const ThreadPool&);

}  // namespace weir::kernels
