#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace weir {

/// The alignment of every tensor and of every packed weight: a cache line, and the widest vector.
inline constexpr std::size_t kAlignment = 64;

/// Bytes of one's own, aligned to `kAlignment` and zero at first. Taken straight from the kernel by
/// mmap, so a page costs nothing until it is touched and goes back at once with the owner.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  /// Throws kLimit when the kernel has no room.
  explicit AlignedBuffer(std::size_t bytes);
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  AlignedBuffer(const AlignedBuffer&) = delete;
  AlignedBuffer& operator=(const AlignedBuffer&) = delete;
  ~AlignedBuffer();

  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  template <typename T>
  std::span<T> as() const noexcept {
    return {reinterpret_cast<T*>(data_), size_ / sizeof(T)};
  }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace weir
