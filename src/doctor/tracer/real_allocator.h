#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace weir::tracer {

/// The allocator that the program would have without the tracer: the C library's, or another one
/// that is preloaded behind it or linked. Each pointer finds the function at its first call.
struct RealAllocator {
  void* (*malloc)(std::size_t);
  void (*free)(void*);
  void* (*calloc)(std::size_t, std::size_t);
  void* (*realloc)(void*, std::size_t);
  void* (*memalign)(std::size_t, std::size_t);
  void* (*aligned_alloc)(std::size_t, std::size_t);
  int (*posix_memalign)(void**, std::size_t, std::size_t);
  void* (*valloc)(std::size_t);
  void* (*pvalloc)(std::size_t);
};

extern constinit RealAllocator real;

/// Memory that was handed out while the functions were being looked up (the dynamic loader may
/// allocate then). It is never given back.
inline constexpr std::size_t kEarlyBytes = 64 * 1024;
extern constinit std::array<std::byte, kEarlyBytes> early_memory;
inline bool is_early(const void* memory) {
  return reinterpret_cast<std::uintptr_t>(memory) -
             reinterpret_cast<std::uintptr_t>(early_memory.data()) <
         kEarlyBytes;
}

}  // namespace weir::tracer
