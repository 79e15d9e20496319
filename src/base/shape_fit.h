#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "weir/tensor.h"

namespace weir {

/// Whether axes of these sizes may go where `wanted` are: one that is free takes any size.
inline bool fits(std::span<const std::int64_t> sizes, std::span<const std::int64_t> wanted) {
  return std::equal(
      sizes.begin(), sizes.end(), wanted.begin(), wanted.end(),
      [](std::int64_t size, std::int64_t want) { return want == Shape::kFree || size == want; });
}

/// The same of rows: all axes but the first, which is the batch and which both must have.
inline bool rows_fit(const Shape& given, const Shape& wanted) {
  return !given.empty() && !wanted.empty() &&
         fits(given.dims().subspan(1), wanted.dims().subspan(1));
}

}  // namespace weir
