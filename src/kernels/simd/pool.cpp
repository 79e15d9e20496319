#include "kernels/pool.h"

#include <algorithm>
#include <limits>

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/pool.cpp"  // NOLINT
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef WEIR_KERNELS_POOL_CELL
#define WEIR_KERNELS_POOL_CELL
namespace weir::kernels {

/// One output pixel: its windows and the input's strides, in elements.
struct PoolCell {
  PoolWindow depth;
  PoolWindow height;
  PoolWindow width;
  std::size_t depth_stride;
  std::size_t height_stride;
  std::size_t width_stride;

  /// Of the image; those of padding count as well.
  std::size_t seen() const {
    return (depth.end - depth.begin) * (height.end - height.begin) * (width.end - width.begin);
  }
  std::size_t positions() const { return depth.count * height.count * width.count; }
};

/// A work item of the pool is a pixel and this many of its channels: small enough to spread a
/// global pooling of one image over threads, large enough to use whole cache lines. A thread takes
/// the items of a pixel together.
inline constexpr std::size_t kChannelBlock = 16;

}  // namespace weir::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Vectors of neighbouring channels. Several of them share the walk through a window, and their
/// sums do not wait for each other.
template <class D, std::size_t kVectors>
struct ChannelVectors {
  hn::Vec<D> v[kVectors];
};

/// The sums of `count` positions in a row, `stride` elements apart.
template <std::size_t kVectors, class D>
HWY_INLINE ChannelVectors<D, kVectors> SumOf(D d, const float* at, std::size_t count,
                                             std::size_t stride) {
  const std::size_t lanes = hn::Lanes(d);
  ChannelVectors<D, kVectors> sum;
  for (std::size_t i = 0; i < kVectors; ++i) sum.v[i] = hn::LoadU(d, at + i * lanes);
  for (std::size_t x = 1; x < count; ++x) {
    at += stride;
    for (std::size_t i = 0; i < kVectors; ++i) {
      sum.v[i] = hn::Add(sum.v[i], hn::LoadU(d, at + i * lanes));
    }
  }
  return sum;
}

template <std::size_t kVectors, class D>
HWY_INLINE ChannelVectors<D, kVectors> Average(D d, const PoolCell& cell, const float* in) {
  ChannelVectors<D, kVectors> total;
  for (auto& v : total.v) v = hn::Zero(d);
  for (std::size_t z = cell.depth.begin; z < cell.depth.end; ++z) {
    for (std::size_t y = cell.height.begin; y < cell.height.end; ++y) {
      const float* row = in + z * cell.depth_stride + y * cell.height_stride;
      for (std::size_t begin = cell.width.begin; begin < cell.width.end; begin += kPoolRowPiece) {
        const std::size_t count = std::min(kPoolRowPiece, cell.width.end - begin);
        const auto sum =
            SumOf<kVectors>(d, row + begin * cell.width_stride, count, cell.width_stride);
        for (std::size_t i = 0; i < kVectors; ++i) total.v[i] = hn::Add(total.v[i], sum.v[i]);
      }
    }
  }
  const auto positions = hn::Set(d, static_cast<float>(cell.positions()));
  for (auto& v : total.v) v = hn::Div(v, positions);
  return total;
}

/// `value` where it is larger. Of two numbers of which one is none, Max gives the second.
template <PoolKind kKind, class D, class V = hn::Vec<D>>
HWY_INLINE V Larger(D /*d*/, V largest, V value) {
  if constexpr (kKind == PoolKind::kMax) return hn::Max(value, largest);
  return hn::IfThenElse(hn::IsNaN(largest), largest, hn::Max(largest, value));
}

template <PoolKind kKind, std::size_t kVectors, class D>
HWY_INLINE ChannelVectors<D, kVectors> Largest(D d, const PoolCell& cell, const float* in) {
  using Limits = std::numeric_limits<float>;
  const std::size_t lanes = hn::Lanes(d);
  constexpr float kLowest = kKind == PoolKind::kMax ? Limits::lowest() : -Limits::infinity();
  const float least = cell.seen() != cell.positions() ? 0.0F : kLowest;
  ChannelVectors<D, kVectors> largest;
  for (auto& v : largest.v) v = hn::Set(d, least);
  for (std::size_t z = cell.depth.begin; z < cell.depth.end; ++z) {
    for (std::size_t y = cell.height.begin; y < cell.height.end; ++y) {
      const float* row = in + z * cell.depth_stride + y * cell.height_stride;
      for (std::size_t x = cell.width.begin; x < cell.width.end; ++x) {
        const float* at = row + x * cell.width_stride;
        for (std::size_t i = 0; i < kVectors; ++i) {
          largest.v[i] = Larger<kKind>(d, largest.v[i], hn::LoadU(d, at + i * lanes));
        }
      }
    }
  }
  return largest;
}

template <std::size_t kVectors, class D>
HWY_INLINE ChannelVectors<D, kVectors> Pooled(D d, PoolKind kind, const PoolCell& cell,
                                              const float* in) {
  switch (kind) {
    case PoolKind::kMax:
      return Largest<PoolKind::kMax, kVectors>(d, cell, in);
    case PoolKind::kMaxOrNaN:
      return Largest<PoolKind::kMaxOrNaN, kVectors>(d, cell, in);
    case PoolKind::kAverage:
      break;
  }
  return Average<kVectors>(d, cell, in);
}

/// As many channels as groups of `kVectors` whole vectors of `d` hold, from `c` on. Returns the
/// first one left over.
template <std::size_t kVectors, class D>
HWY_INLINE std::size_t PoolVectors(D d, PoolKind kind, const PoolCell& cell, const float* in,
                                   float* out, std::size_t c, std::size_t channels) {
  const std::size_t lanes = hn::Lanes(d);
  for (; c + kVectors * lanes <= channels; c += kVectors * lanes) {
    const auto pooled = Pooled<kVectors>(d, kind, cell, in + c);
    for (std::size_t i = 0; i < kVectors; ++i) hn::StoreU(pooled.v[i], d, out + c + i * lanes);
  }
  return c;
}

void PoolChannels(PoolKind kind, const PoolCell& cell, const float* in, float* out,
                  std::size_t channels) {
  const hn::ScalableTag<float> whole;
  std::size_t c = PoolVectors<4>(whole, kind, cell, in, out, 0, channels);
  c = PoolVectors<1>(whole, kind, cell, in, out, c, channels);
  c = PoolVectors<1>(hn::CappedTag<float, 4>(), kind, cell, in, out, c, channels);
  PoolVectors<1>(hn::CappedTag<float, 1>(), kind, cell, in, out, c, channels);
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {

HWY_EXPORT(PoolChannels);

namespace {

PoolCell cell_at(const PoolShape& shape, std::size_t pixel) {
  const std::size_t width = shape.windows[2].size();
  const std::size_t height = shape.windows[1].size();
  PoolCell cell;
  cell.width = shape.windows[2][pixel % width];
  cell.height = shape.windows[1][pixel / width % height];
  cell.depth = shape.windows[0][pixel / width / height];
  cell.width_stride = shape.channels;
  cell.height_stride = shape.in[2] * cell.width_stride;
  cell.depth_stride = shape.in[1] * cell.height_stride;
  return cell;
}

}  // namespace

void pool(const PoolShape& shape, const float* in, float* out, const ThreadPool& threads) {
  const std::size_t pixels = shape.out_pixels();
  const std::size_t blocks = (shape.channels + kChannelBlock - 1) / kChannelBlock;
  const std::size_t items = shape.batch * pixels * blocks;
  if (items == 0) return;
  const std::size_t item_elements =
      cell_at(shape, pixels / 2).seen() * std::min(shape.channels, kChannelBlock);
  const std::size_t grain = kParallelGrain / (item_elements + 1) + 1;
  threads.for_ranges(items, grain, [&](std::size_t, std::size_t begin, std::size_t end) {
    while (begin < end) {
      const std::size_t pixel = begin / blocks;
      const std::size_t channel = begin % blocks * kChannelBlock;
      const std::size_t taken = std::min(end - begin, blocks - begin % blocks);
      const float* image = in + pixel / pixels * volume(shape.in) * shape.channels;
      HWY_DYNAMIC_DISPATCH(PoolChannels)
      (shape.kind, cell_at(shape, pixel % pixels), image + channel,
       out + pixel * shape.channels + channel,
       std::min(taken * kChannelBlock, shape.channels - channel));
      begin += taken;
    }
  });
}

}  // namespace weir::kernels
#endif
