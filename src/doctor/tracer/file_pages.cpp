#include "doctor/tracer/file_pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace weir::tracer {
namespace {

// Bits of an entry of /proc/self/pagemap.
constexpr std::uint64_t kPresent = std::uint64_t{1} << 63;
constexpr std::uint64_t kOfFile = std::uint64_t{1} << 61;

bool is_file_page(std::uint64_t entry) { return (entry & kPresent) != 0 && (entry & kOfFile) != 0; }

}  // namespace

void release_file_pages(std::uintptr_t begin, std::uintptr_t end) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const int map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  std::array<std::uint64_t, 512> entries;
  std::uintptr_t next = (begin + page - 1) / page;
  const std::uintptr_t last = end / page;
  while (map >= 0 && next < last) {
    const std::size_t wanted =
        std::min<std::size_t>(last - next, entries.size()) * sizeof(entries[0]);
    const ssize_t bytes =
        pread(map, entries.data(), wanted, static_cast<off_t>(next * sizeof(entries[0])));
    if (bytes <= 0) break;
    const auto* const stop = entries.data() + static_cast<std::size_t>(bytes) / sizeof(entries[0]);
    for (const auto* run = entries.data(); run != stop;) {
      const auto* const first = std::find_if(run, stop, is_file_page);
      run = std::find_if_not(first, stop, is_file_page);
      const auto skipped = static_cast<std::uintptr_t>(first - entries.data());
      const auto count = static_cast<std::size_t>(run - first);
      if (count > 0) {
        madvise(reinterpret_cast<void*>((next + skipped) * page), count * page, MADV_DONTNEED);
      }
    }
    next += static_cast<std::uintptr_t>(stop - entries.data());
  }
  if (map >= 0) close(map);
}

}  // namespace weir::tracer
