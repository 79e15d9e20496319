#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

namespace weir {

/// Bytes that stay valid as long as the owner is held: a mapped file, or a buffer. Copies are cheap
/// and share the owner.
struct SharedBytes {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
  bool mapped = false;  ///< The bytes lie in a mapped file: `drop_pages` may be called on them.

  SharedBytes subspan(std::size_t offset, std::size_t count) const {
    return {bytes.subspan(offset, count), owner, mapped};
  }
};

/// Maps a whole file, read only. Costs address space; a page costs memory only once it is read, and
/// the kernel may drop it again. Throws kNotFound or kIo; a directory, or a file that cannot be
/// mapped, is kIo. When the file does not stay as it is meanwhile: see file_watch.h.
SharedBytes map_file(const std::filesystem::path& path);

/// Maps `bytes` bytes (not 0) of an open file from `offset` on, a multiple of `page_size()`; they
/// are written by `fill` and read only thereafter. The file must have them, and room for them on
/// its disk. Throws kIo, and what `fill` throws.
SharedBytes map_filled(int file, std::uint64_t offset, std::size_t bytes,
                       const std::function<void(std::span<std::byte>)>& fill);

/// Bytes of a page of memory.
std::size_t page_size();

/// Owns a copy of nothing: wraps bytes whose life the caller guarantees.
inline SharedBytes borrow_bytes(std::span<const std::byte> bytes) { return {bytes, nullptr}; }

/// Tells the kernel that the pages wholly within `bytes`, part of a mapped file, are not needed
/// again soon; they leave the resident set and come back from the file if they are read after all.
void drop_pages(std::span<const std::byte> bytes);

/// The whole pages that hold `bytes`, part of a mapping.
std::span<const std::byte> whole_pages(std::span<const std::byte> bytes);

/// Tells the kernel that the pages of `bytes`, part of a mapped file, are needed next: it begins to
/// read them, and the caller does not wait.
void expect_pages(std::span<const std::byte> bytes);

}  // namespace weir
