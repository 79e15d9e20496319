#include "base/caches.h"

#include <fstream>
#include <optional>
#include <string>

namespace weir {
namespace {

const std::string kCaches = "/sys/devices/system/cpu/cpu0/cache/index";
// Level 1 comes twice, for data and for code; nobody has more than four levels.
constexpr int kMostCaches = 6;

struct Cache {
  int level = 0;
  std::uint64_t bytes = 0;
};

/// Nothing where there is no such cache. Sizes are told like "512K".
std::optional<Cache> read_cache(const std::string& folder) {
  Cache cache;
  std::uint64_t kibibytes = 0;
  std::ifstream(folder + "/level") >> cache.level;
  std::ifstream(folder + "/size") >> kibibytes;
  if (cache.level == 0 || kibibytes == 0) return std::nullopt;
  cache.bytes = kibibytes << 10;
  return cache;
}

CacheSizes read_cache_sizes() {
  CacheSizes sizes;
  for (int i = 0; i < kMostCaches; ++i) {
    const std::optional<Cache> cache = read_cache(kCaches + std::to_string(i));
    if (cache && cache->level == 2) sizes.level2 = cache->bytes;
    if (cache && cache->level == 3) sizes.level3 = cache->bytes;
  }
  return sizes;
}

}  // namespace

const CacheSizes& cache_sizes() {
  static const CacheSizes sizes = read_cache_sizes();
  return sizes;
}

}  // namespace weir
