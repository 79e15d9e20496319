#pragma once

#include <cstddef>

#include "base/thread_pool.h"
#include "kernels/unary.h"

namespace weir::kernels {

/// An array of outer x channels x inner.
struct ChannelShape {
  std::size_t outer = 1;
  std::size_t channels = 1;
  std::size_t inner = 1;
};

/// out = activation(in * scale[c] + shift[c]), c being the index along the middle axis. `out` may
/// be `in`.
void channel_affine(const ChannelShape& shape, const float* in, const float* scale,
                    const float* shift, float* out, const Unary& activation,
                    const ThreadPool& pool);

/// Gated linear unit: `in` has 2 * channels along the middle axis, of which the first half is
/// multiplied by the sigmoid of the second. `out` must not be `in`.
void gated_linear(const ChannelShape& shape, const float* in, float* out, const ThreadPool& pool);

}  // namespace weir::kernels
