#include "base/process_memory.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <span>
#include <string_view>

#include "base/fail.h"

namespace weir {

namespace {

/// The start of a file of /proc, in a buffer of the caller's: no allocation.
std::string_view read_start(const char* path, std::span<char> buffer) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  require(file >= 0, ErrorCode::kIo, "cannot open {}", path);
  const ssize_t count = read(file, buffer.data(), buffer.size() - 1);
  close(file);
  require(count > 0, ErrorCode::kIo, "cannot read {}", path);
  buffer[static_cast<std::size_t>(count)] = '\0';
  return {buffer.data(), static_cast<std::size_t>(count)};
}

}  // namespace

std::uint64_t resident_bytes() {
  std::array<char, 128> buffer;
  // The second number is the resident set, in pages.
  char* rest = nullptr;
  std::strtoull(read_start("/proc/self/statm", buffer).data(), &rest, 10);
  return std::strtoull(rest, nullptr, 10) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t heap_bytes() {
  const struct mallinfo2 books = mallinfo2();
  return books.uordblks + books.hblkhd;
}

std::uint64_t peak_resident_bytes() {
  // Not getrusage: its maximum includes what the process was before it ran this program.
  constexpr std::string_view kPeak = "VmHWM:";
  std::array<char, 4096> buffer;
  const std::string_view status = read_start("/proc/self/status", buffer);
  const std::size_t place = status.find(kPeak);
  require(place != std::string_view::npos, ErrorCode::kIo, "/proc/self/status has no VmHWM");
  return std::strtoull(status.data() + place + kPeak.size(), nullptr, 10) * 1024;
}

void return_freed_memory() { malloc_trim(0); }

}  // namespace weir
