#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/byte_reader.h"

namespace weir {

/// Lines of text, one after the other. Holds one block of text, which grows up to `kMaxLineBytes`
/// for a line that long.
class LineReader {
 public:
  static constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20;

  explicit LineReader(std::unique_ptr<ByteReader> bytes);

  /// The next line without its end, valid until the next call; nothing at the end of the text.
  /// Throws kMalformed for a line that is too long.
  std::optional<std::string_view> next();
  /// The number of the last line, from 1.
  std::uint64_t line() const { return line_; }

 private:
  bool refill();

  std::unique_ptr<ByteReader> bytes_;
  std::vector<char> text_;
  std::size_t begin_ = 0;   // Of what was not given yet.
  std::size_t filled_ = 0;  // The end of the text that was read.
  std::uint64_t line_ = 0;
};

}  // namespace weir
