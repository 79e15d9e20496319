#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace weir {

/// What stands for bytes that are no character: U+FFFD.
inline constexpr std::string_view kReplacementCharacter = "\xef\xbf\xbd";

/// How a character of UTF-8 goes on behind its first byte (Unicode, table 3-7).
struct Utf8Lead {
  int more = -1;                ///< Bytes that follow; -1 for a byte that begins no character.
  unsigned char lowest = 0x80;  ///< Of the first of them; the others are from 0x80 to 0xbf.
  unsigned char highest = 0xbf;
};
Utf8Lead utf8_lead(unsigned char byte);

bool is_utf8(std::string_view text);

/// The UTF-8 bytes of a character and their number; U+FFFD's for a number that is none.
struct Utf8Bytes {
  std::array<char, 4> bytes{};
  std::size_t size = 0;
};
Utf8Bytes to_utf8(char32_t character);

}  // namespace weir
