// The functions that replace the C library's while this library is preloaded. Each does what the
// real one does, and notes it.

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstring>

#include "doctor/tracer/real_allocator.h"
#include "doctor/tracer/tracer.h"

#define WEIR_EXPORT extern "C" __attribute__((visibility("default")))

namespace weir::tracer {
namespace {

void* noted(void* memory, std::size_t size) {
  if (memory != nullptr) [[likely]]
    note_allocated(memory, size);
  return memory;
}

/// What was handed out before there was an allocator moves to it. Its size is not known, but that
/// of all such memory is.
void* move_early(void* memory, std::size_t size) {
  void* moved = real.malloc(size);
  for (std::size_t i = 0; moved != nullptr && i < size; ++i) {
    const auto* from = static_cast<const std::byte*>(memory) + i;
    if (!is_early(from)) break;
    static_cast<std::byte*>(moved)[i] = *from;
  }
  return moved;
}

/// Memory that only this process has and may write, and that is not a reservation: Python's arenas,
/// say. Files are not allocations.
bool is_allocation(int protection, int flags) {
  return (flags & MAP_ANONYMOUS) != 0 && (flags & MAP_PRIVATE) != 0 &&
         (flags & MAP_NORESERVE) == 0 && (protection & PROT_WRITE) != 0;
}

void* map(void* wanted, std::size_t size, int protection, int flags, int file, off_t offset) {
  const long result = syscall(SYS_mmap, wanted, size, protection, flags, file, offset);
  auto* memory = reinterpret_cast<void*>(result);
  if (memory != MAP_FAILED && is_allocation(protection, flags)) {
    note_allocated(memory, size, Kind::kMapping);
  }
  return memory;
}

/// A mapping that loses its front goes on behind it. One that loses its end or middle is counted
/// whole until its front goes.
void note_unmapped(void* memory, std::size_t size) {
  std::optional<LiveAllocation> mapping = note_freed(memory);
  if (!mapping || mapping->size <= size) return;
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t gone = (size + page - 1) / page * page;
  if (mapping->size <= gone) return;
  mapping->address += gone;
  mapping->size -= gone;
  if (Tracer* traced = current_tracer()) traced->restore(*mapping);
}

}  // namespace
}  // namespace weir::tracer

namespace tracer = weir::tracer;

WEIR_EXPORT void* malloc(std::size_t size) noexcept {
  return tracer::noted(tracer::real.malloc(size), size);
}

WEIR_EXPORT void free(void* memory) noexcept {
  if (memory == nullptr || tracer::is_early(memory)) return;
  tracer::note_freed(memory);
  tracer::real.free(memory);
}

WEIR_EXPORT void* calloc(std::size_t count, std::size_t size) noexcept {
  return tracer::noted(tracer::real.calloc(count, size), count * size);
}

WEIR_EXPORT void* realloc(void* memory, std::size_t size) noexcept {
  if (memory == nullptr) return malloc(size);
  if (tracer::is_early(memory)) return tracer::noted(tracer::move_early(memory, size), size);
  const auto before = tracer::note_freed(memory);
  void* moved = tracer::real.realloc(memory, size);
  if (moved != nullptr) {
    tracer::note_allocated(moved, size);
  } else if (before && size != 0) {
    if (tracer::Tracer* traced = tracer::current_tracer()) traced->restore(*before);
  }
  return moved;
}

WEIR_EXPORT void* reallocarray(void* memory, std::size_t count, std::size_t size) noexcept {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return realloc(memory, bytes);
}

WEIR_EXPORT void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return tracer::noted(tracer::real.memalign(alignment, size), size);
}

WEIR_EXPORT void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return tracer::noted(tracer::real.aligned_alloc(alignment, size), size);
}

WEIR_EXPORT int posix_memalign(void** result, std::size_t alignment, std::size_t size) noexcept {
  const int error = tracer::real.posix_memalign(result, alignment, size);
  if (error == 0) tracer::noted(*result, size);
  return error;
}

WEIR_EXPORT void* valloc(std::size_t size) noexcept {
  return tracer::noted(tracer::real.valloc(size), size);
}

WEIR_EXPORT void* pvalloc(std::size_t size) noexcept {
  return tracer::noted(tracer::real.pvalloc(size), size);
}

WEIR_EXPORT void* mmap(void* wanted, std::size_t size, int protection, int flags, int file,
                       off_t offset) noexcept {
  return tracer::map(wanted, size, protection, flags, file, offset);
}

WEIR_EXPORT void* mmap64(void* wanted, std::size_t size, int protection, int flags, int file,
                         off64_t offset) noexcept {
  return tracer::map(wanted, size, protection, flags, file, offset);
}

WEIR_EXPORT int munmap(void* memory, std::size_t size) noexcept {
  tracer::note_unmapped(memory, size);
  return static_cast<int>(syscall(SYS_munmap, memory, size));
}

WEIR_EXPORT void* mremap(void* memory, std::size_t size, std::size_t new_size, int flags,
                         ...) noexcept {
  std::va_list rest;
  va_start(rest, flags);
  void* wanted = (flags & MREMAP_FIXED) != 0 ? va_arg(rest, void*) : nullptr;
  va_end(rest);
  const auto before = tracer::note_freed(memory);
  const long result = syscall(SYS_mremap, memory, size, new_size, flags, wanted);
  auto* moved = reinterpret_cast<void*>(result);
  if (before && moved != MAP_FAILED) {
    tracer::note_allocated(moved, new_size, tracer::Kind::kMapping);
  } else if (before) {
    if (tracer::Tracer* traced = tracer::current_tracer()) traced->restore(*before);
  }
  return moved;
}

WEIR_EXPORT int dlclose(void* library) noexcept {
  using Close = int (*)(void*);
  static Close real_dlclose = nullptr;
  if (real_dlclose == nullptr) real_dlclose = reinterpret_cast<Close>(dlsym(RTLD_NEXT, "dlclose"));
  const int result = real_dlclose(library);
  if (tracer::Tracer* traced = tracer::current_tracer()) traced->modules_changed();
  return result;
}
