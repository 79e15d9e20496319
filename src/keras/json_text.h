#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/fail.h"

namespace weir::keras {

using Json = nlohmann::json;

/// Parses JSON text that is not trusted: at most `kMostJsonBytes` long, at most `kDeepestJson`
/// levels and `kMostJsonValues` values, which bounds the stack and the memory that it takes.
/// Infinity and NaN, which Python writes and JSON does not have, are read. kMalformed for an error
/// in the text, kLimit above the bounds. `what` names the text in errors.
Json parse_json(std::span<const std::byte> text, std::string_view what);
Json parse_json(std::string_view text, std::string_view what);

/// Whether it begins like a JSON object.
bool looks_like_json(std::span<const std::byte> text);

inline constexpr std::size_t kMostJsonBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMostJsonValues = 1'500'000;
inline constexpr std::size_t kDeepestJson = 200;

/// A member of an object, or a null value when `object` is not an object or lacks it.
const Json& member_of(const Json& object, std::string_view key);

/// A member that is a text, or "" for none or for null. Throws kMalformed for another type.
std::string text_member(const Json& object, std::string_view key);

}  // namespace weir::keras
