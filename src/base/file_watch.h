#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace weir {

/// Watches over a file while it is mapped. Another process may cut the file short, or its disk
/// fail; what is read then are not its bytes: zeros in the last page that is left, and behind that
/// a SIGBUS, which ends a process that does not handle it.
class FileWatch {
 public:
  /// `mapped` are the first bytes of `file`, an open file that this keeps open. Throws kIo; kLimit
  /// for more than a thousand files at once.
  FileWatch(std::string path, int file, std::span<const std::byte> mapped);
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;
  ~FileWatch();

  /// Throws kIo where the file is shorter than what was mapped, or some of it was found lost.
  void require_whole(bool lost_bytes) const;

 private:
  std::string path_;
  int file_;
  std::size_t size_;
};

/// Throws kIo, naming the file, when `bytes` lie in a mapped file that is not all there any more.
/// Nothing for other bytes. Costs a system call. Thread-safe.
void require_whole(std::span<const std::byte> bytes);

/// The same for every file that is mapped now.
void require_mapped_files_whole();

/// For a handler of SIGBUS: puts zeros in the place of a mapped file's bytes, from those that could
/// not be read at `address` to the end, so that the reader goes on until the next `require_whole`.
/// False, with nothing changed, where `address` lies in no mapped file. Async-signal-safe.
bool replace_lost_bytes(const void* address) noexcept;

}  // namespace weir
