#pragma once

#include <fmt/format.h>

#include <utility>

#include "weir/error.h"

namespace weir {

/// Throws an Error whose message is formatted: `fail(ErrorCode::kMalformed, "{} axes", n)`.
template <typename... Args>
[[noreturn]] void fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

/// Throws unless `condition` holds: a check of something that came from outside.
template <typename... Args>
void require(bool condition, ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) [[unlikely]] {
    fail(code, format, std::forward<Args>(args)...);
  }
}

}  // namespace weir
