#include "io/npy_text.h"

#include <cstring>

#include "base/utf8.h"

namespace weir {
namespace {

constexpr std::size_t kCharacter = sizeof(char32_t);

std::string_view without_padding(std::string_view bytes) {
  const std::size_t last = bytes.find_last_not_of('\0');
  return bytes.substr(0, last + 1);  // Where there is none, of nothing.
}

}  // namespace

const std::string_view* NpyText::decode(std::span<const std::byte> items, const NpyHeader& header) {
  strings_.clear();
  arena_.clear();
  for (std::size_t at = 0; at < items.size(); at += header.item_bytes) {
    const auto item = items.subspan(at, header.item_bytes);
    if (header.is_unicode) {
      strings_.push_back(decode_characters(item));
    } else {
      strings_.push_back(
          without_padding({reinterpret_cast<const char*>(item.data()), item.size()}));
    }
  }
  return strings_.data();
}

std::string_view NpyText::decode_characters(std::span<const std::byte> item) {
  // A character of 4 bytes has 4 bytes of UTF-8 at most.
  char* const to = arena_.room(item.size());
  std::size_t size = 0;
  std::size_t kept = 0;
  for (std::size_t at = 0; at + kCharacter <= item.size(); at += kCharacter) {
    char32_t character = 0;
    std::memcpy(&character, item.data() + at, kCharacter);
    const Utf8Bytes utf8 = to_utf8(character);
    std::memcpy(to + size, utf8.bytes.data(), utf8.size);
    size += utf8.size;
    if (character != 0) kept = size;
  }
  return arena_.keep_only(kept);
}

}  // namespace weir
