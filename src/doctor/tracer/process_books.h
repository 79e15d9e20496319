#pragma once

#include <cstdint>

namespace weir::tracer {

/// The kernel's books about this process, in bytes.
struct KernelBooks {
  std::uint64_t resident = 0;
  std::uint64_t anonymous = 0;  ///< Of it, what no file stands behind.
  std::uint64_t file = 0;       ///< And the rest: files and shared memory.
  std::uint64_t peak_resident = 0;
};

/// The C library's books about its heap, in bytes.
struct AllocatorBooks {
  std::uint64_t in_use = 0;    ///< Handed out, mapped blocks included.
  std::uint64_t free = 0;      ///< Held by the allocator, not handed out.
  std::uint64_t mapped = 0;    ///< In blocks with a mapping of their own.
  std::uint64_t heap_end = 0;  ///< How far the program break has moved since the tracer began.
};

KernelBooks read_kernel_books();
/// Takes each arena's lock and walks its lists of free blocks.
AllocatorBooks read_allocator_books(std::uintptr_t first_break);
std::uintptr_t program_break();
/// How many arenas there are, from the report of malloc_info. Slower still.
std::uint64_t count_arenas();

}  // namespace weir::tracer
