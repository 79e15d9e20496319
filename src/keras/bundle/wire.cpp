#include "keras/bundle/wire.h"

#include "base/checked.h"

namespace weir::bundle {
namespace {

enum WireType : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

}  // namespace

std::uint64_t read_varint(ByteCursor& cursor) {
  constexpr unsigned kBits = 7;
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += kBits) {
    const std::uint64_t byte = cursor.u8();
    const std::uint64_t bits = byte & 0x7f;
    require(shift + kBits <= 64 || bits <= 1, ErrorCode::kMalformed, "a number exceeds 64 bits");
    value |= bits << shift;
    if (byte < 0x80) return value;
  }
  fail(ErrorCode::kMalformed, "a number exceeds 64 bits");
}

bool MessageReader::next() {
  if (cursor_.left() == 0) return false;
  const std::uint64_t tag = read_varint(cursor_);
  field_ = checked_cast<std::uint32_t>(tag >> 3);
  number_ = 0;
  bytes_ = {};
  switch (tag & 7) {
    case kVarint:
      number_ = read_varint(cursor_);
      return true;
    case kFixed64:
      number_ = cursor_.u64();
      return true;
    case kFixed32:
      number_ = cursor_.u32();
      return true;
    case kBytes:
      bytes_ = cursor_.take(read_varint(cursor_));
      return true;
    default:
      fail(ErrorCode::kMalformed, "a message has a field of no known kind");
  }
}

std::string MessageReader::text() const {
  return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
}

}  // namespace weir::bundle
