#include "weir/allocations.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WEIR_SANITIZER_ALLOCATOR 1
#endif

namespace {

std::atomic<std::uint64_t> count{0};

void count_one() { count.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

namespace weir {
std::uint64_t allocation_count() { return count.load(std::memory_order_relaxed); }
}  // namespace weir

#if defined(WEIR_SANITIZER_ALLOCATOR)

// A sanitizer replaces the allocator itself and offers a hook instead. Declared here because GCC
// does not ship the runtime's header (allocator_interface.h).
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*,
                                                                           std::size_t),
                                                         void (*on_free)(const volatile void*));

namespace {
const int hooked = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { count_one(); }, [](const volatile void*) {});
}  // namespace

#else

// glibc lets a program replace its allocator by defining these ("Replacing malloc" in its manual),
// and keeps its own under these names. `free` needs no replacement.
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier)
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t number, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
// NOLINTEND(bugprone-reserved-identifier)

void* malloc(std::size_t size) {
  count_one();
  return __libc_malloc(size);
}

void* calloc(std::size_t number, std::size_t size) {
  count_one();
  return __libc_calloc(number, size);
}

void* realloc(void* memory, std::size_t size) {
  count_one();
  return __libc_realloc(memory, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
  count_one();
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  count_one();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** result, std::size_t alignment, std::size_t size) {
  count_one();
  *result = __libc_memalign(alignment, size);
  return *result == nullptr ? ENOMEM : 0;
}
}

#endif
