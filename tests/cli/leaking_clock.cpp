/// Preloaded into the program by check_test.py: a clock that leaks. `weir check` reads the clock
/// once a step, so its memory grows with its steps, as in a program that has a real leak.
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

/// LEAKING_CLOCK_PAGES: pages taken from the system at each reading, and never given back.
std::size_t pages_per_reading() {
  const char* text = std::getenv("LEAKING_CLOCK_PAGES");
  return text == nullptr ? 0 : std::strtoul(text, nullptr, 10);
}

void leak(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) std::memset(memory, 1, bytes);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, struct timespec* time) noexcept {
  static const std::size_t pages = pages_per_reading();
  if (pages > 0) leak(pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
  // An allocation that is given back at once: not growth, but not nothing either.
  static const bool allocates = std::getenv("LEAKING_CLOCK_ALLOCATES") != nullptr;
  if (allocates) {
    void* volatile memory = std::malloc(64);  // Volatile, or the compiler leaves both out.
    std::free(memory);
  }
  return static_cast<int>(syscall(SYS_clock_gettime, clock, time));
}
