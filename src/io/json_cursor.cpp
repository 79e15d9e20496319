#include "io/json_cursor.h"

#include <charconv>

#include "base/fail.h"
#include "base/utf8.h"

namespace weir {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_of_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '+' || c == '.';
}

}  // namespace

char JsonCursor::peek() {
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonCursor::accept(char c) {
  if (peek() != c) return false;
  ++at_;
  return true;
}

void JsonCursor::expect(char c) {
  if (!accept(c)) fail_here(std::string("no '") + c + "' where one belongs");
}

std::string_view JsonCursor::string() {
  expect('"');
  string_.clear();
  while (at_ < text_.size() && text_[at_] != '"') {
    if (static_cast<unsigned char>(text_[at_]) < 0x20) fail_here("a control character in a string");
    if (text_[at_] == '\\') {
      undo_escape();
    } else {
      string_ += text_[at_++];
    }
  }
  if (at_ == text_.size()) fail_here("a string without an end");
  ++at_;
  return string_;
}

void JsonCursor::undo_escape() {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  ++at_;
  const char letter = at_ < text_.size() ? text_[at_++] : '\0';
  if (const std::size_t found = kLetters.find(letter); found != std::string_view::npos) {
    string_ += kMeanings[found];
    return;
  }
  if (letter != 'u') fail_here("an escape that JSON has not");
  char32_t character = hexadecimal();
  const bool is_high = character >= 0xd800 && character < 0xdc00;
  if (is_high && text_.substr(at_, 2) == "\\u") {
    const std::size_t before = at_;
    at_ += 2;
    const char32_t low = hexadecimal();
    if (low >= 0xdc00 && low < 0xe000) {
      character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
    } else {
      at_ = before;  // The half of a pair alone, which becomes U+FFFD.
    }
  }
  const Utf8Bytes utf8 = to_utf8(character);
  string_.append(utf8.bytes.data(), utf8.size);
}

char32_t JsonCursor::hexadecimal() {
  const std::string_view digits = text_.substr(at_, 4);
  std::uint32_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc{} || end != digits.data() + 4) fail_here("an escape that JSON has not");
  at_ += 4;
  return value;
}

std::string_view JsonCursor::word() {
  peek();
  const std::size_t begin = at_;
  while (at_ < text_.size() && is_of_word(text_[at_])) ++at_;
  if (begin == at_) fail_here("no value where one belongs");
  return text_.substr(begin, at_ - begin);
}

void JsonCursor::skip_value(int depth) {
  if (depth > kDeepest) fail_here("values that nest too deep");
  const char first = peek();
  if (first == '"') {
    string();
  } else if (first == '{' || first == '[') {
    const char last = first == '{' ? '}' : ']';
    ++at_;
    if (accept(last)) return;
    do {
      if (first == '{') {
        string();
        expect(':');
      }
      skip_value(depth + 1);
    } while (accept(','));
    expect(last);
  } else {
    word();
  }
}

void JsonCursor::fail_here(std::string_view what) const {
  fail(ErrorCode::kMalformed, "{} (at character {})", what, at_ + 1);
}

}  // namespace weir
