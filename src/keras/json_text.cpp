#include "keras/json_text.h"

#include <algorithm>
#include <cctype>

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

/// Python writes Infinity, which is no JSON: the largest float takes its place, which no finite
/// number of a model goes beyond.
std::string without_infinity(std::string_view text) {
  constexpr std::string_view kInfinity = "Infinity";
  constexpr std::string_view kLargest = "3.4028234663852886e+38";
  std::string finite;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!in_string && text.substr(i).starts_with(kInfinity)) {
      finite += kLargest;
      i += kInfinity.size() - 1;
      continue;
    }
    if (text[i] == '"') in_string = !in_string;
    finite += text[i];
    if (in_string && text[i] == '\\' && i + 1 < text.size()) finite += text[++i];
  }
  return finite;
}

}  // namespace

Json parse_json(std::string_view text, std::string_view what) {
  require(text.size() <= kMostJsonBytes, ErrorCode::kLimit, "{} is longer than {} bytes", what,
          kMostJsonBytes);
  check_bounds(text, what);
  try {
    if (text.find("Infinity") != text.npos) return Json::parse(without_infinity(text));
    return Json::parse(text);
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
