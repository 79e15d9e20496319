#pragma once

#include <cstddef>
#include <cstdint>

#include "base/thread_pool.h"

namespace weir::kernels {

/// What is subtracted from the elements of a group, and what they are multiplied by.
enum class NormalizeKind : std::uint8_t {
  kStandard,        ///< mean; 1 / sqrt(variance + epsilon)
  kVariance,        ///< nothing; 1 / sqrt(variance + epsilon)
  kRootMeanSquare,  ///< nothing; 1 / sqrt(mean of squares + epsilon)
  kUnit,            ///< nothing; min(1 / sqrt(sum of squares), 1 / epsilon)
};

/// An array of batch x pixels x (groups x channels). A group is the same `channels` of all pixels
/// of one sample: for a layer normalisation, one pixel and one group.
struct NormalizeShape {
  std::size_t batch = 1;
  std::size_t pixels = 1;
  std::size_t groups = 1;
  std::size_t channels = 1;
};

/// out = normalised * gamma[c] + beta[c], c < groups * channels; null pointers leave a
/// factor or a term out. Moments run in double precision and two passes. `out` may be `in`.
void normalize(NormalizeKind kind, const NormalizeShape& shape, double epsilon, const float* in,
               const float* gamma, const float* beta, float* out, const ThreadPool& pool);

}  // namespace weir::kernels
