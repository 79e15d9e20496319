#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "base/output_file.h"

namespace weir {

/// Puts finished files together to a ZIP archive, members stored as they are, with ZIP64 where
/// sizes need it (PKWARE's APPNOTE 6.3.10). Writes in sequence only, so that the archive may go to
/// a pipe.
class ZipWriter {
 public:
  /// `file` outlives this.
  explicit ZipWriter(OutputFile& file) : file_(file) {}

  /// Reads `content` twice: its checksum stands before it. Throws kIo.
  void add(std::string_view name, const TemporaryFile& content);
  void add(std::string_view name, const SharedBytes& content);
  /// Writes the directory. Throws kIo.
  void finish();

 private:
  struct Member {
    std::string name;
    std::uint32_t crc;
    std::uint64_t size;
    std::uint64_t offset;
  };

  void begin(const Member& member);
  void write(const std::string& record);

  OutputFile& file_;
  std::uint64_t position_ = 0;
  std::vector<Member> members_;
};

}  // namespace weir
