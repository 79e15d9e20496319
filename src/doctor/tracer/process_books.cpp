#include "doctor/tracer/process_books.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

namespace weir::tracer {
namespace {

std::uint64_t next_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty()) text.remove_prefix(1);
  return number;
}

/// Counts how often a text begins with "<heap nr" after '<', whatever pieces it comes in.
struct ArenaCounter {
  static constexpr std::string_view kTag = "<heap nr=";
  std::size_t matched = 0;
  std::uint64_t count = 0;

  void read(std::string_view text) {
    for (const char c : text) {
      matched = c == kTag[matched] ? matched + 1 : (c == '<' ? 1 : 0);
      if (matched < kTag.size()) continue;
      ++count;
      matched = 0;
    }
  }
};

}  // namespace

KernelBooks read_kernel_books() {
  KernelBooks books;
  std::array<char, 128> buffer;
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return books;
  const ssize_t count = read(file, buffer.data(), buffer.size());
  close(file);
  if (count <= 0) return books;
  std::string_view text(buffer.data(), static_cast<std::size_t>(count));
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  next_number(text);
  books.resident = next_number(text) * page;
  books.file = next_number(text) * page;
  books.anonymous = books.resident - books.file;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  books.peak_resident = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  return books;
}

std::uintptr_t program_break() { return reinterpret_cast<std::uintptr_t>(sbrk(0)); }

AllocatorBooks read_allocator_books(std::uintptr_t first_break) {
  const struct mallinfo2 info = mallinfo2();
  return {info.uordblks + info.hblkhd, info.fordblks, info.hblkhd, program_break() - first_break};
}

std::uint64_t count_arenas() {
  ArenaCounter counter;
  const cookie_io_functions_t functions{nullptr,
                                        [](void* cookie, const char* text, std::size_t size) {
                                          static_cast<ArenaCounter*>(cookie)->read({text, size});
                                          return static_cast<ssize_t>(size);
                                        },
                                        nullptr, nullptr};
  std::FILE* stream = fopencookie(&counter, "w", functions);
  if (stream == nullptr) return 0;
  std::array<char, 1024> buffer;
  std::setvbuf(stream, buffer.data(), _IOFBF, buffer.size());
  malloc_info(0, stream);
  std::fclose(stream);
  return counter.count;
}

}  // namespace weir::tracer
