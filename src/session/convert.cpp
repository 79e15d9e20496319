#include "session/convert.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/fail.h"
#include "base/half.h"

namespace weir::session {
namespace {

template <typename To, typename From>
To cast_element(From value) {
  if constexpr (std::is_same_v<To, float>) {
    return static_cast<float>(value);
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != From{};
  } else {
    constexpr auto kLow = std::numeric_limits<To>::min();
    constexpr auto kHigh = std::numeric_limits<To>::max();
    if constexpr (std::is_floating_point_v<From>) {
      if (std::isnan(value)) return 0;
      if (value <= static_cast<From>(kLow)) return kLow;
      return value >= static_cast<From>(kHigh) ? kHigh : static_cast<To>(value);
    } else {
      if (std::cmp_less(value, kLow)) return kLow;
      return std::cmp_greater(value, kHigh) ? kHigh : static_cast<To>(value);
    }
  }
}

template <typename From, typename To, typename Decode>
void convert_with(const void* from, void* to, std::size_t count, const Decode& decode) {
  const auto* source = static_cast<const std::byte*>(from);
  auto* target = static_cast<To*>(to);
  for (std::size_t i = 0; i < count; ++i) {
    From element;
    std::memcpy(&element, source + i * sizeof(From), sizeof(From));
    target[i] = cast_element<To>(decode(element));
  }
}

template <typename To>
void convert_to(DType type, const void* from, void* to, std::size_t count) {
  const auto as = [&]<typename From>(From) {
    convert_with<From, To>(from, to, count, [](From element) { return element; });
  };
  switch (type) {
    case DType::kFloat16:
      return convert_with<std::uint16_t, To>(from, to, count, half_to_float);
    case DType::kBFloat16:
      return convert_with<std::uint16_t, To>(from, to, count, bfloat_to_float);
    case DType::kFloat32:
      return as(float{});
    case DType::kFloat64:
      return as(double{});
    case DType::kInt8:
      return as(std::int8_t{});
    case DType::kInt16:
      return as(std::int16_t{});
    case DType::kInt32:
      return as(std::int32_t{});
    case DType::kInt64:
      return as(std::int64_t{});
    case DType::kUInt8:
    case DType::kBool:
      return as(std::uint8_t{});
    case DType::kUInt16:
      return as(std::uint16_t{});
    case DType::kUInt32:
      return as(std::uint32_t{});
    case DType::kUInt64:
      return as(std::uint64_t{});
    case DType::kString:
      fail(ErrorCode::kInvalidArgument, "strings are given where the model takes numbers");
  }
}

}  // namespace

void convert_elements(DType from_type, const void* from, DType to_type, void* to,
                      std::size_t count) {
  switch (to_type) {
    case DType::kFloat32:
      return convert_to<float>(from_type, from, to, count);
    case DType::kInt32:
      return convert_to<std::int32_t>(from_type, from, to, count);
    case DType::kInt64:
      return convert_to<std::int64_t>(from_type, from, to, count);
    case DType::kBool:
      return convert_to<bool>(from_type, from, to, count);
    case DType::kString:
      fail(ErrorCode::kInvalidArgument, "{} elements are given where the model takes strings",
           to_string(from_type));
    default:
      fail(ErrorCode::kInternal, "{} is no executable type", to_string(to_type));
  }
}

}  // namespace weir::session
