#pragma once

#include <cstddef>

#include "base/thread_pool.h"
#include "weir/tensor.h"

namespace weir::kernels {

/// Converts `count` elements from float32, int32, int64 or bool to float32, int32 or bool. Integers
/// saturate. Floats become integers by truncation,
/// saturating; NaN becomes the least integer, as on x86. Anything but 0 becomes true.
void cast(DType from, const void* in, DType to, void* out, std::size_t count,
          const ThreadPool& pool);

}  // namespace weir::kernels
