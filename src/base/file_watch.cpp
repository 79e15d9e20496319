#include "base/file_watch.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/fail.h"

namespace weir {
namespace {

/// A mapped file's addresses. A signal handler may look at any moment: hence atomic and static.
struct Range {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  std::atomic<bool> lost_bytes{false};
  const FileWatch* watch = nullptr;  ///< Nobody's where null. Guarded by `mutex`: not for handlers.

  /// How many bytes there are from `address` on; 0 where it is not in the range. Another thread may
  /// change a range meanwhile, though never the one that this thread is reading from.
  std::size_t bytes_from(std::uintptr_t address) const {
    const std::uintptr_t seen_end = end;
    const bool inside = begin <= address && address < seen_end;
    return inside && end == seen_end ? seen_end - address : 0;
  }
};
static_assert(std::atomic<std::uintptr_t>::is_always_lock_free);

constexpr std::size_t kMostFiles = 1024;
std::array<Range, kMostFiles> ranges;
std::atomic<std::size_t> used_ranges{0};  // All behind were never anybody's.
std::mutex mutex;

std::span<Range> all_used() { return std::span(ranges).first(used_ranges); }

void start_watching(const FileWatch& watch, std::span<const std::byte> mapped) {
  const std::lock_guard lock(mutex);
  std::size_t i = 0;
  while (i < used_ranges && ranges[i].watch != nullptr) ++i;
  require(i < kMostFiles, ErrorCode::kLimit, "more than {} files would be mapped", kMostFiles);
  Range& range = ranges[i];
  range.watch = &watch;
  range.lost_bytes = false;
  range.begin = reinterpret_cast<std::uintptr_t>(mapped.data());
  range.end = range.begin + mapped.size();
  if (i == used_ranges) ++used_ranges;
}

void stop_watching(const FileWatch& watch) {
  const std::lock_guard lock(mutex);
  for (Range& range : all_used()) {
    if (range.watch != &watch) continue;
    range.end = 0;
    range.watch = nullptr;
  }
}

}  // namespace

FileWatch::FileWatch(std::string path, int file, std::span<const std::byte> mapped)
    : path_(std::move(path)), file_(fcntl(file, F_DUPFD_CLOEXEC, 0)), size_(mapped.size()) {
  require(file_ >= 0, ErrorCode::kIo, "keeping it open: {}",
          std::generic_category().message(errno));
  try {
    start_watching(*this, mapped);
  } catch (...) {
    close(file_);
    throw;
  }
}

FileWatch::~FileWatch() {
  stop_watching(*this);
  close(file_);
}

void FileWatch::require_whole(bool lost_bytes) const {
  struct stat status {};
  const bool is_cut = fstat(file_, &status) == 0 && std::cmp_less(status.st_size, size_);
  if (!is_cut && !lost_bytes) return;
  throw Error(ErrorCode::kIo,
              is_cut ? "was cut short while it was being read" : "a part of it cannot be read",
              {.file = path_, .layer = {}, .tensor = {}});
}

void require_whole(std::span<const std::byte> bytes) {
  const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
  const std::lock_guard lock(mutex);
  for (const Range& range : all_used()) {
    if (range.bytes_from(address) > 0) range.watch->require_whole(range.lost_bytes);
  }
}

void require_mapped_files_whole() {
  const std::lock_guard lock(mutex);
  for (const Range& range : all_used()) {
    if (range.watch != nullptr) range.watch->require_whole(range.lost_bytes);
  }
}

bool replace_lost_bytes(const void* address) noexcept {
  const auto page_size = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t page = reinterpret_cast<std::uintptr_t>(address) / page_size * page_size;
  for (Range& range : all_used()) {
    const std::size_t count = range.bytes_from(page);
    if (count == 0) continue;
    range.lost_bytes = true;
    return mmap(reinterpret_cast<void*>(page), count, PROT_READ,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
  }
  return false;
}

}  // namespace weir
