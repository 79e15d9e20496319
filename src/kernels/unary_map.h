#pragma once

#include <cstddef>

#include "base/thread_pool.h"
#include "kernels/unary.h"

namespace weir::kernels {

/// out[i] = u(in[i]) for i < count, on all threads when that pays. `in` may be `out`. The bits do
/// not depend on the number of threads nor on where an element lies.
void unary_map(const float* in, float* out, std::size_t count, const Unary& u,
               const ThreadPool& pool);

}  // namespace weir::kernels
