#include <algorithm>
#include <functional>
#include <span>

#include "kernels/softmax.h"

namespace weir::kernels {
namespace {

/// What is taken from each element. Keras takes (the sum of the sums of the k largest - 1) / k, for
/// all k in the support together, instead of the last of those sums; so does this. Leaves `sorted`
/// sorted.
float threshold_of(std::span<float> sorted) {
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double sum = 0.0;
  double sum_of_sums = 0.0;
  double support = 0.0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i];
    if (sorted[i] - (sum - 1.0) / static_cast<double>(i + 1) <= 0.0) break;
    sum_of_sums += sum;
    support += 1.0;
  }
  return static_cast<float>((sum_of_sums - 1.0) / support);
}

}  // namespace

void sparsemax(const ChannelShape& shape, const float* in, float* out, float* scratch,
               const ThreadPool& pool) {
  const auto column = [&](std::size_t i, std::span<float> sorted) {
    const std::size_t start = i / shape.inner * shape.channels * shape.inner + i % shape.inner;
    for (std::size_t c = 0; c < shape.channels; ++c) sorted[c] = in[start + c * shape.inner];
    const float threshold = threshold_of(sorted);
    for (std::size_t c = 0; c < shape.channels; ++c) {
      const std::size_t at = start + c * shape.inner;
      out[at] = std::max(in[at] - threshold, 0.0F);
    }
  };
  pool.for_ranges(shape.outer * shape.inner, 1 + 1024 / shape.channels,
                  [&](std::size_t slot, std::size_t begin, std::size_t end) {
                    const std::span sorted(scratch + slot * shape.channels, shape.channels);
                    for (std::size_t i = begin; i < end; ++i) column(i, sorted);
                  });
}

}  // namespace weir::kernels
