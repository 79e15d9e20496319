#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace weir {

/// Writes little-endian numbers and text one after the other: what ByteCursor reads.
class ByteBuilder {
 public:
  template <std::unsigned_integral... T>
  ByteBuilder& add(T... values) {
    (add_one(values), ...);
    return *this;
  }
  ByteBuilder& add(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  const std::string& text() const { return bytes_; }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(bytes_)); }

 private:
  template <typename T>
  void add_one(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
    }
  }
  std::string bytes_;
};

}  // namespace weir
