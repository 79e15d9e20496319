#pragma once

#include <concepts>
#include <limits>

#include "base/fail.h"

namespace weir {

/// Arithmetic on numbers that a file or a caller gave: throws kMalformed where the result does not
/// fit, instead of wrapping.
template <std::integral T>
T checked_add(T a, T b) {
  T sum{};
  require(!__builtin_add_overflow(a, b, &sum), ErrorCode::kMalformed, "size overflow: {} + {}", a,
          b);
  return sum;
}

template <std::integral T>
T checked_mul(T a, T b) {
  T product{};
  require(!__builtin_mul_overflow(a, b, &product), ErrorCode::kMalformed, "size overflow: {} x {}",
          a, b);
  return product;
}

template <std::integral To, std::integral From>
To checked_cast(From value) {
  require(std::in_range<To>(value), ErrorCode::kMalformed, "{} is out of range", value);
  return static_cast<To>(value);
}

/// The smallest multiple of `alignment` (a power of two) that is not below `value`.
constexpr std::size_t align_up(std::size_t value, std::size_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

}  // namespace weir
