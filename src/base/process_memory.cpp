#include "base/process_memory.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/fail.h"

namespace weir {

std::uint64_t resident_bytes() {
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  require(file >= 0, ErrorCode::kIo, "cannot open /proc/self/statm");
  std::array<char, 128> text{};
  const ssize_t count = read(file, text.data(), text.size() - 1);
  close(file);
  require(count > 0, ErrorCode::kIo, "cannot read /proc/self/statm");
  // The second number is the resident set, in pages.
  char* rest = nullptr;
  std::strtoull(text.data(), &rest, 10);
  return std::strtoull(rest, nullptr, 10) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t peak_resident_bytes() {
  rusage usage{};
  require(getrusage(RUSAGE_SELF, &usage) == 0, ErrorCode::kIo, "getrusage failed");
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

void return_freed_memory() { malloc_trim(0); }

}  // namespace weir
