#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "kernels/window.h"

namespace weir::kernels {

/// kMax passes over what is no number, and is the lowest finite number where nothing is above it;
/// kMaxOrNaN is what is no number where there is one. TensorFlow has both: the first for sliding
/// windows, the other for adaptive and global ones.
enum class PoolKind : std::uint8_t { kMax, kMaxOrNaN, kAverage };

/// What one output position sees along one axis: the input positions [begin, end), and as many
/// zeros of padding as make `count` positions. Padding that does not count at all is left out.
struct PoolWindow {
  std::size_t begin = 0;
  std::size_t end = 1;
  std::size_t count = 1;
};

/// Pooling of a (batch, depth, height, width, channels) image. Windows of any size and place, so
/// that pooling with strides, adaptive and global pooling are one kernel.
struct PoolShape {
  PoolKind kind = PoolKind::kMax;
  std::size_t batch = 1;
  Extent in = kOnes;
  std::size_t channels = 1;
  /// For each axis, one window for each position of the output.
  std::array<std::vector<PoolWindow>, 3> windows;

  std::size_t out_pixels() const {
    return windows[0].size() * windows[1].size() * windows[2].size();
  }
};

/// Averages add up long rows in pieces of so many positions, so that the rounding error does not
/// grow with their length.
inline constexpr std::size_t kPoolRowPiece = 64;

/// The largest or the average value of each window, for each channel. Averages are sums of the sums
/// of rows, or of their pieces, in an order that does not depend on the batch nor on the pool.
/// Allocates nothing.
void pool(const PoolShape& shape, const float* in, float* out, const ThreadPool& threads);

namespace reference {
void pool(const PoolShape& shape, const float* in, float* out);
}

}  // namespace weir::kernels
