#include "keras/json_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>

namespace weir::keras {
namespace {

/// Walks over the text without parsing it: brackets and commas outside of strings are enough to
/// count levels and values.
void check_bounds(std::string_view text, std::string_view what) {
  std::size_t depth = 0;
  std::size_t values = 1;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c == ',' || c == '[' || c == '{') ++values;
    require(depth <= kDeepestJson, ErrorCode::kLimit, "{} nests deeper than {} levels", what,
            kDeepestJson);
    require(values <= kMostJsonValues, ErrorCode::kLimit, "{} has more than {} values", what,
            kMostJsonValues);
  }
}

/// What Python writes, but JSON does not have; and the number that stands for it in the text.
struct Special {
  std::string_view word;
  std::string_view stand_in;
  double stands_in;
  double value;
};

constexpr std::array<Special, 2> kSpecials = {{
    {"Infinity", "1.7976931348623157e308", 0x1.fffffffffffffp1023,
     std::numeric_limits<double>::infinity()},
    {"NaN", "1.7976931348623155e308", 0x1.ffffffffffffep1023,
     std::numeric_limits<double>::quiet_NaN()},
}};

/// Null where none begins there.
const Special* special_at(std::string_view text) {
  const auto* found = std::ranges::find_if(
      kSpecials, [&](const Special& special) { return text.starts_with(special.word); });
  return found == kSpecials.end() ? nullptr : found;
}

std::string with_stand_ins(std::string_view text) {
  std::string json;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Special* special = in_string ? nullptr : special_at(text.substr(i));
    if (special != nullptr) {
      json += special->stand_in;
      i += special->word.size() - 1;
      continue;
    }
    if (text[i] == '"') in_string = !in_string;
    json += text[i];
    if (in_string && text[i] == '\\' && i + 1 < text.size()) json += text[++i];
  }
  return json;
}

/// Puts in what the numbers stand for. The depth of the calls is that of the text.
void put_specials(Json& value) {
  if (value.is_structured()) {
    for (Json& item : value) put_specials(item);
  }
  if (!value.is_number_float()) return;
  const double number = value.get<double>();
  for (const Special& special : kSpecials) {
    if (std::abs(number) == special.stands_in) value = std::copysign(special.value, number);
  }
}

bool has_specials(std::string_view text) {
  return std::ranges::any_of(
      kSpecials, [&](const Special& special) { return text.find(special.word) != text.npos; });
}

}  // namespace

Json parse_json(std::string_view text, std::string_view what) {
  require(text.size() <= kMostJsonBytes, ErrorCode::kLimit, "{} is longer than {} bytes", what,
          kMostJsonBytes);
  check_bounds(text, what);
  try {
    if (!has_specials(text)) return Json::parse(text);
    Json json = Json::parse(with_stand_ins(text));
    put_specials(json);
    return json;
  } catch (const Json::exception& error) {
    fail(ErrorCode::kMalformed, "{} is not JSON: {}", what, error.what());
  }
}

Json parse_json(std::span<const std::byte> text, std::string_view what) {
  return parse_json(std::string_view(reinterpret_cast<const char*>(text.data()), text.size()),
                    what);
}

bool looks_like_json(std::span<const std::byte> text) {
  const auto first = std::ranges::find_if(
      text, [](std::byte byte) { return std::isspace(std::to_integer<unsigned char>(byte)) == 0; });
  return first != text.end() && *first == std::byte{'{'};
}

const Json& member_of(const Json& object, std::string_view key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string text_member(const Json& object, std::string_view key) {
  const Json& value = member_of(object, key);
  if (value.is_null()) return {};
  require(value.is_string(), ErrorCode::kMalformed, "'{}' is not a text", key);
  return value.get<std::string>();
}

}  // namespace weir::keras
