#pragma once

#include <cstdint>

namespace weir {

/// Bytes of the caches that decide how many rows should pass at a time.
struct CacheSizes {
  std::uint64_t level2 = std::uint64_t{1} << 20;  ///< Of one core.
  std::uint64_t level3 = std::uint64_t{8} << 20;  ///< Shared by all cores of a socket.

  /// What one process may count on of the third level, beside others.
  std::uint64_t level3_share() const { return level3 / 4 * 3; }
};

/// Those of the first processor, as the kernel tells them; common sizes where it does not. Read
/// once.
const CacheSizes& cache_sizes();

}  // namespace weir
