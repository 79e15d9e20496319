#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/fail.h"

namespace weir {

/// Reads little-endian numbers and runs of bytes from the front of a span, which it does not own.
/// Every read is checked: past the end it throws kMalformed. `what` names the structure in errors
/// and must outlive the cursor (a literal).
class ByteCursor {
 public:
  ByteCursor(std::span<const std::byte> bytes, const char* what) : rest_(bytes), what_(what) {}

  std::size_t left() const noexcept { return rest_.size(); }

  std::span<const std::byte> take(std::uint64_t count) {
    require(count <= rest_.size(), ErrorCode::kMalformed,
            "{} is cut off: {} bytes wanted, {} there", what_, count, rest_.size());
    const auto taken = rest_.first(static_cast<std::size_t>(count));
    rest_ = rest_.subspan(static_cast<std::size_t>(count));
    return taken;
  }

  void skip(std::uint64_t count) { take(count); }

  /// An unsigned number of `width` bytes, 0 to 8.
  std::uint64_t number(std::size_t width) {
    std::uint64_t value = 0;
    const auto bytes = take(width);
    for (std::size_t i = width; i-- > 0;)
      value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    return value;
  }

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }

  std::string text(std::uint64_t count) {
    const auto bytes = take(count);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  std::span<const std::byte> rest_;
  const char* what_;
};

}  // namespace weir
