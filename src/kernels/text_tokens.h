#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/utf8.h"

/// Texts taken apart into tokens as Keras's TextVectorization does it, in memory whose size is
/// known beforehand, however long the texts are.
namespace weir::kernels {

struct TextRules {
  enum class Split : std::uint8_t {
    kNone,
    kWhitespace,  ///< ASCII's, any number of them.
    kCharacters,  ///< Of UTF-8; bytes that are none become U+FFFD.
  };
  bool lower = false;              ///< ASCII letters, as TensorFlow does.
  bool strip_punctuation = false;  ///< ASCII's.
  Split split = Split::kWhitespace;
};

/// The last `width` tokens, joined by blanks. Of each token no more than `longest` + 1 bytes are
/// kept: what is longer than every token of a vocabulary is not in it, whatever its end.
class TokenWindow {
 public:
  static std::size_t memory_bytes(std::size_t width, std::size_t longest) {
    return width * (longest + 2 + sizeof(std::uint32_t));
  }
  /// `memory`: `memory_bytes` of them, aligned for std::uint32_t.
  TokenWindow(std::size_t width, std::size_t longest, std::byte* memory);

  /// Before the first token.
  void clear() { count_ = used_ = 0; }
  void begin_token();
  void put(char c) {
    if (sizes_[count_ - 1] > longest_) return;
    text_[used_++] = c;
    ++sizes_[count_ - 1];
  }
  void put(std::string_view text) {
    for (const char c : text) put(c);
  }
  bool is_full() const { return count_ == width_; }
  std::string_view text() const { return {text_, used_}; }

 private:
  void drop_first();

  std::size_t width_;
  std::size_t longest_;
  std::uint32_t* sizes_;  ///< Of the tokens, without their blanks.
  char* text_;
  std::size_t count_ = 0;
  std::size_t used_ = 0;
};

/// The bytes of a text that the rules leave, as they leave them.
class StandardText {
 public:
  StandardText(std::string_view text, const TextRules& rules) : rest_(text), rules_(rules) {}

  static constexpr int kEnd = -1;
  /// The next byte, or kEnd.
  int peek();
  void pass() { rest_.remove_prefix(1); }

 private:
  std::string_view rest_;  ///< Begins with a byte that stays, once `peek` has looked.
  const TextRules& rules_;
};

/// Adds the next token of the text to the window; false at the end.
bool next_token(StandardText& text, TextRules::Split split, TokenWindow& window);

}  // namespace weir::kernels
