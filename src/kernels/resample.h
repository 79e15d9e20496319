#pragma once

#include <cstddef>
#include <vector>

#include "base/thread_pool.h"

namespace weir::kernels {

/// What one axis of a resized image is made of: output i is the sum of weights[first_weight + k] *
/// input[first + k], k < count.
struct ResampleAxis {
  struct Taps {
    std::size_t first = 0;
    std::size_t count = 1;
    std::size_t first_weight = 0;
  };
  std::size_t in_size = 1;
  std::vector<Taps> taps;  ///< One for each position of the output.
  std::vector<float> weights;
};

/// A separable filter over the height and the width of a (batch, height, width, channels) image.
struct ResampleShape {
  std::size_t batch = 1;
  std::size_t channels = 1;
  ResampleAxis height;
  ResampleAxis width;
};

/// Bytes of scratch that `resample` needs with a pool of `threads`.
std::size_t resample_scratch_bytes(const ResampleShape& shape, std::size_t threads);

/// Filters the columns of as many rows as an output row is made of, then that row. Each element is
/// the same sum whatever the batch and the pool. Allocates nothing.
void resample(const ResampleShape& shape, const float* in, float* out, std::byte* scratch,
              const ThreadPool& threads);

namespace reference {
void resample(const ResampleShape& shape, const float* in, float* out);
}

}  // namespace weir::kernels
