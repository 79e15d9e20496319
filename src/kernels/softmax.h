#pragma once

#include <cstddef>

#include "kernels/affine.h"

namespace weir::kernels {

/// Softmax, or its logarithm, along the middle axis. `out` may be `in`.
void softmax(const ChannelShape& shape, bool logarithm, const float* in, float* out,
             const ThreadPool& pool);

/// Bytes of scratch that `sparsemax` needs.
constexpr std::size_t sparsemax_scratch_bytes(std::size_t channels, std::size_t threads) {
  return channels * threads * sizeof(float);
}

/// Keras's sparsemax along the middle axis: max(x - threshold, 0). `out` may be `in`.
void sparsemax(const ChannelShape& shape, const float* in, float* out, float* scratch,
               const ThreadPool& pool);

}  // namespace weir::kernels
