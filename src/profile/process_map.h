#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/file_descriptor.h"
#include "base/memory.h"

namespace weir::profile {

/// One mapping of this process, as /proc/self/smaps describes it (proc(5)). Sizes in bytes.
struct Mapping {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  bool accessible = false;  ///< Readable, writable or executable; a guard page is none of them.
  bool own_data = false;    ///< Writable, and not shared with others.
  std::uint64_t resident = 0;
  std::uint64_t proportional = 0;  ///< Pages shared with n processes count as their nth part.
  std::uint64_t anonymous = 0;     ///< Pages that no file has.
  std::string_view path;  ///< "" for anonymous memory, "[heap]", "[stack]". Until the next.
};

/// Reads the process's mappings one after the other, in the order of addresses, without an
/// allocation. The kernel's figures may change between two of them.
class ProcessMap {
 public:
  /// Throws kIo where the kernel does not tell. `file` has the format of /proc/self/smaps.
  explicit ProcessMap(const char* file = "/proc/self/smaps");

  /// The next mapping; false at the end.
  bool next(Mapping& mapping);

 private:
  /// The next line, without its end; false at the end of the file.
  bool next_line(std::string_view& line);

  FileDescriptor file_;
  AlignedBuffer buffer_;
  std::size_t begin_ = 0;  ///< Of what is read and not taken yet.
  std::size_t end_ = 0;
  std::string_view pending_;  ///< The first line of the next mapping.
};

}  // namespace weir::profile
