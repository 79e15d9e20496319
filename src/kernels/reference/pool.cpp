#include "kernels/pool.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace weir::kernels::reference {
namespace {

float pool_one(const PoolShape& shape, const float* image, const PoolWindow& depth,
               const PoolWindow& height, const PoolWindow& width) {
  const std::size_t positions = depth.count * height.count * width.count;
  std::size_t seen = 0;
  double sum = 0.0;
  const bool keeps_nan = shape.kind == PoolKind::kMaxOrNaN;
  using Limits = std::numeric_limits<float>;
  float largest = keeps_nan ? -Limits::infinity() : Limits::lowest();
  for (std::size_t z = depth.begin; z < depth.end; ++z) {
    for (std::size_t y = height.begin; y < height.end; ++y) {
      for (std::size_t x = width.begin; x < width.end; ++x) {
        const float value = image[((z * shape.in[1] + y) * shape.in[2] + x) * shape.channels];
        sum += value;
        largest = keeps_nan && std::isnan(value) ? value : std::max(largest, value);
        ++seen;
      }
    }
  }
  if (seen < positions) largest = std::max(largest, 0.0F);
  return shape.kind == PoolKind::kAverage ? static_cast<float>(sum / static_cast<double>(positions))
                                          : largest;
}

}  // namespace

void pool(const PoolShape& shape, const float* in, float* out) {
  for (std::size_t n = 0; n < shape.batch; ++n) {
    const float* image = in + n * volume(shape.in) * shape.channels;
    for (const PoolWindow& depth : shape.windows[0]) {
      for (const PoolWindow& height : shape.windows[1]) {
        for (const PoolWindow& width : shape.windows[2]) {
          for (std::size_t c = 0; c < shape.channels; ++c) {
            *out++ = pool_one(shape, image + c, depth, height, width);
          }
        }
      }
    }
  }
}

}  // namespace weir::kernels::reference
