#pragma once

#include <cstdint>

#include "base/thread_pool.h"
#include "kernels/affine.h"

namespace weir::kernels {

/// What is handed from one element of an axis to the next.
enum class ScanKind : std::uint8_t { kSum, kProduct };

/// out[i] = in[0] + ... + in[i] (or their product) along the channel axis, one after the other, so
/// that the bits are the same for any number of threads. `out` may be `in`. T is float or
/// std::int32_t, whose overflow wraps.
template <typename T>
void scan(ScanKind kind, const ChannelShape& shape, const T* in, T* out, const ThreadPool& pool);

}  // namespace weir::kernels
