#include "doctor/tracer/real_allocator.h"

#include <dlfcn.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace weir::tracer {
namespace {

constexpr std::size_t kAlignment = 64;
constinit std::atomic<std::size_t> early_used{0};
constinit std::atomic<bool> is_resolving{false};

/// Zeroed, as calloc wants; nothing is used twice.
void* early_allocate(std::size_t size) {
  const std::size_t rounded = (size + kAlignment) / kAlignment * kAlignment;
  const std::size_t begin = early_used.fetch_add(rounded);
  if (rounded < size || begin + rounded > early_memory.size()) return nullptr;
  return early_memory.data() + begin;
}

template <typename Function>
void find(Function& function, const char* name) {
  if (void* found = dlsym(RTLD_NEXT, name)) function = reinterpret_cast<Function>(found);
}

/// Looks all functions up. False while that is already under way: then the caller is the loader.
bool resolve() {
  if (is_resolving.exchange(true)) return false;
  find(real.malloc, "malloc");
  find(real.free, "free");
  find(real.calloc, "calloc");
  find(real.realloc, "realloc");
  find(real.memalign, "memalign");
  find(real.aligned_alloc, "aligned_alloc");
  find(real.posix_memalign, "posix_memalign");
  find(real.valloc, "valloc");
  find(real.pvalloc, "pvalloc");
  return true;
}

void* first_malloc(std::size_t size) {
  return resolve() ? real.malloc(size) : early_allocate(size);
}

void first_free(void* memory) {
  if (resolve()) real.free(memory);
}

void* first_calloc(std::size_t count, std::size_t size) {
  if (resolve()) return real.calloc(count, size);
  std::size_t bytes = 0;
  return __builtin_mul_overflow(count, size, &bytes) ? nullptr : early_allocate(bytes);
}

void* first_realloc(void* memory, std::size_t size) {
  if (resolve()) return real.realloc(memory, size);
  return memory == nullptr ? early_allocate(size) : nullptr;
}

void* first_memalign(std::size_t alignment, std::size_t size) {
  if (resolve()) return real.memalign(alignment, size);
  return alignment <= kAlignment ? early_allocate(size) : nullptr;
}

void* first_aligned_alloc(std::size_t alignment, std::size_t size) {
  return resolve() ? real.aligned_alloc(alignment, size) : first_memalign(alignment, size);
}

int first_posix_memalign(void** result, std::size_t alignment, std::size_t size) {
  if (resolve()) return real.posix_memalign(result, alignment, size);
  *result = first_memalign(alignment, size);
  return *result == nullptr ? ENOMEM : 0;
}

void* first_valloc(std::size_t size) { return resolve() ? real.valloc(size) : nullptr; }
void* first_pvalloc(std::size_t size) { return resolve() ? real.pvalloc(size) : nullptr; }

}  // namespace

constinit RealAllocator real{first_malloc,         first_free,     first_calloc,
                             first_realloc,        first_memalign, first_aligned_alloc,
                             first_posix_memalign, first_valloc,   first_pvalloc};

alignas(kAlignment) constinit std::array<std::byte, kEarlyBytes> early_memory{};

}  // namespace weir::tracer
