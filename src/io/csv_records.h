#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/byte_reader.h"

namespace weir {

/// Splits text into records and fields: RFC 4180, and also line ends of '\n' alone, a byte order
/// mark, and blank lines, which are passed over. Holds one block of text, which grows up to 16 MiB
/// for a record that long.
class CsvRecords {
 public:
  static constexpr std::size_t kMaxRecordBytes = std::size_t{16} << 20;
  static constexpr std::size_t kMaxFields = std::size_t{1} << 20;

  CsvRecords(std::unique_ptr<ByteReader> bytes, char delimiter);

  /// Passes over physical lines, without looking at their fields.
  void skip_lines(std::size_t count);

  /// The fields of the next record, without their quotes, valid until the next call; none at the
  /// end. Throws kMalformed for a record that is too long or has a quoted field without an end.
  std::span<const std::string_view> next();

  /// The line on which the last record begins, from 1.
  std::uint64_t line() const { return line_; }

 private:
  bool refill();
  void skip_byte_order_mark();
  bool find_record();
  bool is_opening_quote() const;
  void split(std::span<char> record);
  void split_quoted(std::span<char> record);
  std::size_t unquote(std::span<char> record, std::size_t at);
  void add_field(std::string_view field);

  std::unique_ptr<ByteReader> bytes_;
  char delimiter_;
  std::vector<char> text_;
  std::size_t begin_ = 0;   // Of what was not consumed yet.
  std::size_t scan_ = 0;    // What lies before it was searched for the record's end.
  std::size_t filled_ = 0;  // The end of the text that was read.
  bool at_end_ = false;
  bool has_quotes_ = false;     // In the record that was searched,
  std::size_t last_close_ = 0;  // and just after the last one that closed a field.
  std::uint64_t line_ = 0;
  std::uint64_t next_line_ = 1;
  std::vector<std::string_view> fields_;
};

}  // namespace weir
