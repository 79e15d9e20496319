#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/file_descriptor.h"
#include "profile/record_format.h"

namespace weir::profile {

/// Appends entries to a record file through a mapped window, so that an entry is in the file as
/// soon as it is written: a killed process loses nothing, and others can read along. Allocates
/// nothing after construction. One thread at a time.
class RecordWriter {
 public:
  /// Replaces what is at `path`. Throws kIo or kNotFound.
  explicit RecordWriter(const std::filesystem::path& path);
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;
  /// Cuts off what the last window has left over.
  ~RecordWriter();

  /// Appends an entry whose payload is these parts, one after the other. Throws kIo when the disk
  /// is full.
  void append(EntryKind kind, std::span<const std::span<const std::byte>> parts);

  /// Bytes written so far.
  std::uint64_t size() const { return offset_; }
  /// The part of the file that is mapped.
  std::span<const std::byte> window() const { return window_; }

 private:
  /// Makes room for `bytes` bytes from `offset_` on in the window.
  void make_room(std::size_t bytes);
  void unmap();

  FileDescriptor file_;
  std::uint64_t offset_ = 0;
  std::uint64_t window_offset_ = 0;
  std::span<std::byte> window_;
};

}  // namespace weir::profile
