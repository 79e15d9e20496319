#include "io/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <utility>

namespace weir {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool equals_in_any_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

bool means_missing(std::string_view text) {
  constexpr std::array<std::string_view, 5> kWords = {"", "na", "n/a", "null", "none"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return equals_in_any_case(text, word); });
}

// Trimmed and without '+', which std::from_chars does not know; "+-1" stays as it is.
std::string_view digits_of(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

// What std::from_chars calls out of range: which end it is, it does not say.
template <typename T>
T beyond_range(std::string_view text) {
  const bool is_negative = text.front() == '-';
  const std::size_t exponent = text.find_first_of("eE");
  const std::string_view before_point = text.substr(0, text.find_first_of(".eE"));
  const bool is_small = exponent != std::string_view::npos
                            ? text.substr(exponent + 1).starts_with('-')
                            : before_point.find_first_of("123456789") == std::string_view::npos;
  const T magnitude = is_small ? T{0} : std::numeric_limits<T>::infinity();
  return is_negative ? -magnitude : magnitude;
}

}  // namespace

template <typename T>
std::optional<T> parse_real(std::string_view text) {
  text = digits_of(text);
  T value{};
  const char* const text_end = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), text_end, value);
  if (end == text_end && error == std::errc{}) return value;
  if (end == text_end && error == std::errc::result_out_of_range) {
    if constexpr (std::same_as<T, float>) return static_cast<float>(*parse_real<double>(text));
    return beyond_range<T>(text);
  }
  if (means_missing(text)) return std::numeric_limits<T>::quiet_NaN();
  return std::nullopt;
}

template <typename T>
std::optional<T> parse_whole(std::string_view text) {
  text = digits_of(text);
  T value{};
  const char* const text_end = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), text_end, value);
  if (end == text_end && !text.empty()) {
    return error == std::errc{} ? std::optional<T>(value) : std::nullopt;
  }
  const std::optional<double> real = parse_real<double>(text);
  // Whole numbers beyond 2^53 are not exact in a double: they must be written without a point.
  constexpr double kExact = 9007199254740992.0;
  if (!real || !(std::abs(*real) <= kExact) || std::trunc(*real) != *real) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(*real);
  if (!std::in_range<T>(whole)) return std::nullopt;
  return static_cast<T>(whole);
}

template <>
std::optional<bool> parse_whole<bool>(std::string_view text) {
  const std::string_view word = trim(text);
  if (equals_in_any_case(word, "true")) return true;
  if (equals_in_any_case(word, "false")) return false;
  const std::optional<std::int8_t> number = parse_whole<std::int8_t>(text);
  if (!number || (*number != 0 && *number != 1)) return std::nullopt;
  return *number == 1;
}

template std::optional<float> parse_real(std::string_view);
template std::optional<double> parse_real(std::string_view);
template std::optional<std::int8_t> parse_whole(std::string_view);
template std::optional<std::int16_t> parse_whole(std::string_view);
template std::optional<std::int32_t> parse_whole(std::string_view);
template std::optional<std::int64_t> parse_whole(std::string_view);
template std::optional<std::uint8_t> parse_whole(std::string_view);
template std::optional<std::uint16_t> parse_whole(std::string_view);
template std::optional<std::uint32_t> parse_whole(std::string_view);
template std::optional<std::uint64_t> parse_whole(std::string_view);

}  // namespace weir
