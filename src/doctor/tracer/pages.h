#pragma once

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace weir::tracer {

/// Zeroed pages straight from the kernel, or null: not through mmap, which is traced.
inline void* map_pages(std::size_t bytes) {
  const long pages = syscall(SYS_mmap, nullptr, bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0L);
  return pages == -1 ? nullptr : reinterpret_cast<void*>(pages);
}

inline void unmap_pages(void* pages, std::size_t bytes) { syscall(SYS_munmap, pages, bytes); }

/// A table of fixed size in zeroed pages of its own, which take memory as they are first written.
/// So `T` must be a type for which zero bytes are a good first value. Lives as long as the process.
template <typename T, std::size_t kSize>
class Table {
 public:
  Table() : items_(static_cast<T*>(map_pages(kSize * sizeof(T)))) {}
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// False if the kernel gave no pages; then nothing else may be called.
  bool is_mapped() const { return items_ != nullptr; }
  T& operator[](std::size_t index) { return items_[index]; }
  const T& operator[](std::size_t index) const { return items_[index]; }
  static constexpr std::size_t size() { return kSize; }
  T* data() { return items_; }
  T* begin() { return items_; }
  T* end() { return items_ + kSize; }

 private:
  T* items_;
};

}  // namespace weir::tracer
