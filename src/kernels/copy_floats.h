#pragma once

#include <cstddef>
#include <cstring>

namespace weir::kernels {

/// Copies `count` floats that do not overlap. The products copy many runs of a few floats, for
/// which a call of memcpy would cost more than the copy itself.
inline void copy_floats(const float* from, std::size_t count, float* to) {
  constexpr std::size_t kWide = 8;
  constexpr std::size_t kNarrow = 4;
  if (count >= 16 * kWide) {
    std::memcpy(to, from, count * sizeof(float));
  } else if (count >= kWide) {
    // The last copy overlaps the one before instead of going on float by float.
    for (std::size_t i = 0; i < count - kWide; i += kWide) {
      std::memcpy(to + i, from + i, kWide * sizeof(float));
    }
    std::memcpy(to + count - kWide, from + count - kWide, kWide * sizeof(float));
  } else if (count >= kNarrow) {
    std::memcpy(to, from, kNarrow * sizeof(float));
    std::memcpy(to + count - kNarrow, from + count - kNarrow, kNarrow * sizeof(float));
  } else {
    for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
  }
}

}  // namespace weir::kernels
