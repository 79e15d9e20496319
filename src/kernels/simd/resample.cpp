#include "kernels/resample.h"

#include "base/checked.h"
#include "base/memory.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/resample.cpp"  // NOLINT
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Whole vectors of `d` of out[i] = sum of weights[k] * in[k * stride + i], added in the order of
/// k, from `i` on. Returns the first element left over.
template <class D>
HWY_INLINE std::size_t SumVectors(D d, const float* in, std::size_t stride, const float* weights,
                                  std::size_t count, float* out, std::size_t i,
                                  std::size_t length) {
  const std::size_t lanes = hn::Lanes(d);
  for (; i + lanes <= length; i += lanes) {
    auto sum = hn::Mul(hn::Set(d, weights[0]), hn::LoadU(d, in + i));
    for (std::size_t k = 1; k < count; ++k) {
      sum = hn::MulAdd(hn::Set(d, weights[k]), hn::LoadU(d, in + k * stride + i), sum);
    }
    hn::StoreU(sum, d, out + i);
  }
  return i;
}

void SumRows(const float* in, std::size_t stride, const float* weights, std::size_t count,
             float* out, std::size_t length) {
  std::size_t i = SumVectors(hn::ScalableTag<float>(), in, stride, weights, count, out, 0, length);
  i = SumVectors(hn::CappedTag<float, 4>(), in, stride, weights, count, out, i, length);
  SumVectors(hn::CappedTag<float, 1>(), in, stride, weights, count, out, i, length);
}

void ResampleRow(const ResampleShape& shape, std::size_t y, const float* image, float* out,
                 float* row) {
  const std::size_t channels = shape.channels;
  const std::size_t row_length = shape.width.in_size * channels;
  const ResampleAxis::Taps& rows = shape.height.taps[y];
  SumRows(image + rows.first * row_length, row_length, &shape.height.weights[rows.first_weight],
          rows.count, row, row_length);
  for (const ResampleAxis::Taps& taps : shape.width.taps) {
    SumRows(row + taps.first * channels, channels, &shape.width.weights[taps.first_weight],
            taps.count, out, channels);
    out += channels;
  }
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {

HWY_EXPORT(ResampleRow);

namespace {

/// Elements written below which another thread is not worth waking.
constexpr std::size_t kElementsPerTask = 8192;

std::size_t row_bytes(const ResampleShape& shape) {
  return align_up(shape.width.in_size * shape.channels * sizeof(float), kAlignment);
}

}  // namespace

std::size_t resample_scratch_bytes(const ResampleShape& shape, std::size_t threads) {
  return threads * row_bytes(shape);
}

void resample(const ResampleShape& shape, const float* in, float* out, std::byte* scratch,
              const ThreadPool& threads) {
  const std::size_t out_height = shape.height.taps.size();
  const std::size_t out_row = shape.width.taps.size() * shape.channels;
  const std::size_t image = shape.height.in_size * shape.width.in_size * shape.channels;
  if (out_row == 0) return;
  const std::size_t grain = kElementsPerTask / out_row + 1;
  threads.for_ranges(
      shape.batch * out_height, grain, [&](std::size_t slot, std::size_t begin, std::size_t end) {
        auto* row = reinterpret_cast<float*>(scratch + slot * row_bytes(shape));
        for (std::size_t i = begin; i < end; ++i) {
          HWY_DYNAMIC_DISPATCH(ResampleRow)
          (shape, i % out_height, in + i / out_height * image, out + i * out_row, row);
        }
      });
}

}  // namespace weir::kernels
#endif
