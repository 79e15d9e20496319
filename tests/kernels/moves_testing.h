#pragma once

#include <cstddef>
#include <vector>

namespace weir::kernels {

/// `count` bytes, each different from its neighbours.
inline std::vector<std::byte> distinct_bytes(std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>((i * 167 + i / 256));
  return bytes;
}

}  // namespace weir::kernels
