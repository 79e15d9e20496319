#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace weir::tracer {

/// Appends records, one JSON object a line, to a file. Allocates nothing. The file is open only
/// while it is written, so the program's own descriptors keep their numbers, and a program that
/// closes all of them, or reuses their numbers, does no harm. What cannot be written is lost in
/// silence: the program must not notice.
class JsonLines {
 public:
  void set_path(std::string_view path);
  bool has_path() const { return path_[0] != '\0'; }
  /// Whether the file is empty, or begins with this text.
  bool begins_with(std::string_view text) const;

  void open();
  void close();

  void begin_record(std::string_view type);
  void end_record();
  void begin_object() { open_bracket('{'); }
  void end_object() { close_bracket('}'); }
  void begin_array() { open_bracket('['); }
  void end_array() { close_bracket(']'); }
  void key(std::string_view name);
  void text(std::string_view value);
  void null() { value("null"); }

  template <typename Number>
  requires std::is_integral_v<Number>
  void number(Number number) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    value({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  template <typename Value>
  void member(std::string_view name, const Value& value) {
    key(name);
    if constexpr (std::is_integral_v<Value>) {
      number(value);
    } else {
      text(value);
    }
  }

 private:
  void value(std::string_view text);
  void open_bracket(char bracket);
  void close_bracket(char bracket);
  void separate();
  void append(std::string_view text);
  void append_escaped(std::string_view text);
  void flush();

  std::array<char, 4096> path_{};
  std::array<char, 64 * 1024> buffer_{};
  std::size_t used_ = 0;
  int file_ = -1;
  bool needs_comma_ = false;
};

}  // namespace weir::tracer
