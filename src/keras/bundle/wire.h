#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/byte_cursor.h"

namespace weir::bundle {

/// A number of 7 bits a byte, the lowest first. Throws kMalformed for more than 64 bits.
std::uint64_t read_varint(ByteCursor& cursor);

/// The fields of one protobuf message, in the order in which they stand, by the wire format alone:
/// what a field means is its reader's. Does not own the bytes.
///
///     for (MessageReader reader(bytes); reader.next();) {
///       if (reader.field() == 2) name = reader.text();
///     }
class MessageReader {
 public:
  explicit MessageReader(std::span<const std::byte> message) : cursor_(message, "a message") {}

  /// Goes to the next field; false at the end. Throws kMalformed for what is no field.
  bool next();

  std::uint32_t field() const { return field_; }
  /// Of a varint or a fixed number; 0 for a field of another kind.
  std::uint64_t number() const { return number_; }
  /// Of a text, of bytes or of a message; empty for a field of another kind.
  std::span<const std::byte> bytes() const { return bytes_; }
  std::string text() const;

 private:
  ByteCursor cursor_;
  std::uint32_t field_ = 0;
  std::uint64_t number_ = 0;
  std::span<const std::byte> bytes_;
};

}  // namespace weir::bundle
