#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/fail.h"
#include "layers/layer.h"

namespace weir::layers {

/// What the config's `key` names, `fallback` where it is missing. Throws kUnsupported for a name
/// that is not in the list.
template <typename Value>
Value named_value(const Config& config, std::string_view key, std::string_view fallback,
                  std::initializer_list<std::pair<std::string_view, Value>> values) {
  const std::string name = config.text(key, fallback);
  for (const auto& [known, value] : values) {
    if (known == name) return value;
  }
  fail(ErrorCode::kUnsupported, "{} '{}' is not supported", key, name);
}

}  // namespace weir::layers
