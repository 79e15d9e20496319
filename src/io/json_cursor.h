#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir {

/// Walks over the text of one JSON value (RFC 8259), from piece to piece, and allocates nothing but
/// room for a text. Every function throws kMalformed, with the place, for what is not there.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  /// The first character of the next piece; '\0' at the end.
  char peek();
  /// Passes over `c` if it is next.
  bool accept(char c);
  void expect(char c);
  /// A string with its escapes undone, valid until the next one is read.
  std::string_view string();
  /// A number, true, false or null, as it stands there.
  std::string_view word();
  /// Passes over a value of any kind, nested no deeper than `kDeepest`.
  void skip_value() { skip_value(0); }

  static constexpr int kDeepest = 64;

 private:
  void skip_value(int depth);
  void undo_escape();
  char32_t hexadecimal();
  [[noreturn]] void fail_here(std::string_view what) const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::string string_;
};

}  // namespace weir
