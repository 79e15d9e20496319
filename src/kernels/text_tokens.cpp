#include "kernels/text_tokens.h"

#include <algorithm>
#include <cstring>

namespace weir::kernels {
namespace {

bool is_blank(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_letter(char c) {
  const auto lower = static_cast<unsigned char>(c | 0x20);
  return lower >= 'a' && lower <= 'z';
}

/// What Keras's regular expression strips: all printable ASCII but letters, digits and blanks.
bool is_punctuation(char c) {
  return c > ' ' && c < 0x7f && !is_letter(c) && !(c >= '0' && c <= '9');
}

bool next_word(StandardText& text, TokenWindow& window) {
  while (is_blank(text.peek())) text.pass();
  if (text.peek() == StandardText::kEnd) return false;
  window.begin_token();
  for (int c; (c = text.peek()) != StandardText::kEnd && !is_blank(c); text.pass()) {
    window.put(static_cast<char>(c));
  }
  return true;
}

bool next_character(StandardText& text, TokenWindow& window) {
  const int first = text.peek();
  if (first == StandardText::kEnd) return false;
  text.pass();
  std::array<char, 4> bytes{static_cast<char>(first)};
  std::size_t size = 1;
  Utf8Lead lead = utf8_lead(static_cast<unsigned char>(first));
  for (; lead.more > 0; lead = {lead.more - 1}) {
    const int c = text.peek();
    if (c < lead.lowest || c > lead.highest) break;
    bytes[size++] = static_cast<char>(c);
    text.pass();
  }
  window.begin_token();
  window.put(lead.more == 0 ? std::string_view(bytes.data(), size) : kReplacementCharacter);
  return true;
}

}  // namespace

TokenWindow::TokenWindow(std::size_t width, std::size_t longest, std::byte* memory)
    : width_(width),
      longest_(longest),
      sizes_(reinterpret_cast<std::uint32_t*>(memory)),
      text_(reinterpret_cast<char*>(sizes_ + width)) {}

void TokenWindow::begin_token() {
  if (is_full()) drop_first();
  if (count_ > 0) text_[used_++] = ' ';
  sizes_[count_++] = 0;
}

void TokenWindow::drop_first() {
  --count_;
  const std::size_t gone = sizes_[0] + (count_ > 0 ? 1 : 0);
  used_ -= gone;
  std::memmove(text_, text_ + gone, used_);
  std::copy(sizes_ + 1, sizes_ + 1 + count_, sizes_);
}

int StandardText::peek() {
  while (rules_.strip_punctuation && !rest_.empty() && is_punctuation(rest_.front())) {
    rest_.remove_prefix(1);
  }
  if (rest_.empty()) return kEnd;
  const char c = rest_.front();
  const bool lowered = rules_.lower && c >= 'A' && c <= 'Z';
  return static_cast<unsigned char>(lowered ? c | 0x20 : c);
}

bool next_token(StandardText& text, TextRules::Split split, TokenWindow& window) {
  if (split == TextRules::Split::kWhitespace) return next_word(text, window);
  if (split == TextRules::Split::kCharacters) return next_character(text, window);
  window.begin_token();
  for (int c; (c = text.peek()) != StandardText::kEnd; text.pass()) {
    window.put(static_cast<char>(c));
  }
  return true;
}

}  // namespace weir::kernels
