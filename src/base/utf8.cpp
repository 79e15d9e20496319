#include "base/utf8.h"

#include <algorithm>

namespace weir {

Utf8Lead utf8_lead(unsigned char byte) {
  if (byte < 0x80) return {0};
  if (byte < 0xc2 || byte > 0xf4) return {};
  if (byte < 0xe0) return {1};
  if (byte == 0xe0) return {2, 0xa0};
  if (byte == 0xed) return {2, 0x80, 0x9f};
  if (byte < 0xf0) return {2};
  if (byte == 0xf0) return {3, 0x90};
  return byte == 0xf4 ? Utf8Lead{3, 0x80, 0x8f} : Utf8Lead{3};
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    Utf8Lead lead = utf8_lead(static_cast<unsigned char>(text[i++]));
    if (lead.more < 0) return false;
    for (; lead.more > 0; lead = {lead.more - 1}) {
      const auto byte = static_cast<unsigned char>(i < text.size() ? text[i] : '\0');
      if (byte < lead.lowest || byte > lead.highest) return false;
      ++i;
    }
  }
  return true;
}

Utf8Bytes to_utf8(char32_t character) {
  const auto byte = [](char32_t bits) { return static_cast<char>(bits); };
  const auto tail = [&](int shift) { return byte(0x80 | ((character >> shift) & 0x3f)); };
  if (character < 0x80) return {{byte(character)}, 1};
  if (character < 0x800) return {{byte(0xc0 | character >> 6), tail(0)}, 2};
  const bool is_surrogate = character >= 0xd800 && character < 0xe000;
  if (is_surrogate || character > 0x10ffff) return to_utf8(0xfffd);
  if (character < 0x10000) return {{byte(0xe0 | character >> 12), tail(6), tail(0)}, 3};
  return {{byte(0xf0 | character >> 18), tail(12), tail(6), tail(0)}, 4};
}

}  // namespace weir
