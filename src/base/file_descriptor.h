#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

#include "base/byte_reader.h"

namespace weir {

/// Set from elsewhere (a signal handler, say) to ask a blocked read or write to give up.
using StopFlag = const std::atomic<bool>*;

/// An open file of the operating system, closed with its owner unless it was borrowed.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  static FileDescriptor owned(int fd) { return FileDescriptor(fd, true); }
  static FileDescriptor borrowed(int fd) { return FileDescriptor(fd, false); }
  FileDescriptor(FileDescriptor&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), is_owned_(other.is_owned_) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(is_owned_, other.is_owned_);
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();

  int get() const { return fd_; }
  /// Closes it and reports what the system only says then. Throws kIo.
  void close();

 private:
  FileDescriptor(int fd, bool is_owned) : fd_(fd), is_owned_(is_owned) {}
  int fd_ = -1;
  bool is_owned_ = false;
};

/// Throws what `errno` says: kNotFound for a missing file, kIo for all else, with advice where
/// there is some (a full disk, a closed pipe).
[[noreturn]] void fail_with_errno(std::string_view action);

/// Opens a file or a pipe for reading. Throws kNotFound or kIo.
FileDescriptor open_for_reading(const std::filesystem::path& path);

/// Writes all bytes, at the file's position. Throws kIo, and kCancelled once `stop` is set.
void write_all(const FileDescriptor& file, std::span<const std::byte> bytes,
               StopFlag stop = nullptr);
/// Writes all bytes at `offset`. Throws kIo.
void write_all_at(const FileDescriptor& file, std::span<const std::byte> bytes,
                  std::uint64_t offset);

/// Reads an open file to its end. Throws kIo, and kCancelled once `stop` is set.
class FileReader final : public ByteReader {
 public:
  explicit FileReader(FileDescriptor file, StopFlag stop = nullptr)
      : file_(std::move(file)), stop_(stop) {}
  std::size_t read_some(std::span<std::byte> into) override;

 private:
  FileDescriptor file_;
  StopFlag stop_;
};

}  // namespace weir
