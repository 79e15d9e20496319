#include "kernels/cast.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "base/fail.h"
#include "kernels/parallel.h"

namespace weir::kernels {
namespace {

template <typename To, typename From>
To convert(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From{};
  } else if constexpr (std::is_same_v<From, float> && std::is_same_v<To, std::int32_t>) {
    using Limits = std::numeric_limits<std::int32_t>;
    if (value >= 0x1p31F) return Limits::max();
    return value > -0x1p31F ? static_cast<std::int32_t>(value) : Limits::min();
  } else if constexpr (std::is_same_v<From, std::int64_t> && std::is_same_v<To, std::int32_t>) {
    using Limits = std::numeric_limits<std::int32_t>;
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, Limits::min(), Limits::max()));
  } else {
    return static_cast<To>(value);
  }
}

template <typename From, typename To>
void convert_all(const void* in, void* out, std::size_t count, const ThreadPool& pool) {
  const auto* from = static_cast<const From*>(in);
  auto* to = static_cast<To*>(out);
  for_rows(pool, count, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) to[i] = convert<To>(from[i]);
  });
}

template <typename From>
void cast_from(const void* in, DType to, void* out, std::size_t count, const ThreadPool& pool) {
  switch (to) {
    case DType::kFloat32:
      return convert_all<From, float>(in, out, count, pool);
    case DType::kInt32:
      return convert_all<From, std::int32_t>(in, out, count, pool);
    case DType::kBool:
      return convert_all<From, bool>(in, out, count, pool);
    default:
      fail(ErrorCode::kInternal, "{} is not an executable type", to_string(to));
  }
}

}  // namespace

void cast(DType from, const void* in, DType to, void* out, std::size_t count,
          const ThreadPool& pool) {
  switch (from) {
    case DType::kFloat32:
      return cast_from<float>(in, to, out, count, pool);
    case DType::kInt32:
      return cast_from<std::int32_t>(in, to, out, count, pool);
    case DType::kInt64:
      return cast_from<std::int64_t>(in, to, out, count, pool);
    case DType::kBool:
      return cast_from<bool>(in, to, out, count, pool);
    default:
      fail(ErrorCode::kInternal, "{} is not an executable type", to_string(from));
  }
}

}  // namespace weir::kernels
