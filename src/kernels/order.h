#pragma once

#include <cstddef>
#include <cstdint>

#include "base/thread_pool.h"

namespace weir::kernels {

enum class Order : std::uint8_t { kRising, kFalling };

/// The first `kept` elements of each of `rows` rows of `size` in their order, and where in the row
/// they were. Equal elements stay in the order in which they were; NaN counts as larger than any
/// number. T is float or std::int32_t. `values` and `positions` have `rows` x `kept` elements;
/// `scratch` has room for `size` positions for each of the pool's threads.
template <typename T>
void sort_rows(Order order, std::size_t rows, std::size_t size, std::size_t kept, const T* in,
               T* values, std::int32_t* positions, std::int32_t* scratch, const ThreadPool& pool);

}  // namespace weir::kernels
