#pragma once

#include <cstddef>
#include <span>

#include "base/thread_pool.h"

namespace weir::kernels {

/// Each of `rows` rows of the output is a row of the first input, then one of the second, …;
/// `row_bytes[i]` is the length of input i's rows. Allocates nothing.
void concat(std::size_t rows, std::span<const std::size_t> row_bytes,
            std::span<const std::byte* const> inputs, std::byte* out, const ThreadPool& threads);

}  // namespace weir::kernels
