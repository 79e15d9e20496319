#include "kernels/binary.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace weir::kernels {
namespace {

/// out[i] = function(a, b) over all elements.
template <typename In, typename Out, typename Function>
void map_pairs(const Broadcast& shape, const In* a, const In* b, Out* out, const ThreadPool& pool,
               const Function& function) {
  const std::size_t step_a = shape.row_strides[0];
  const std::size_t step_b = shape.row_strides[1];
  for_broadcast_rows(shape, pool,
                     [&](const Broadcast::Strides& offsets, std::size_t start, std::size_t length) {
                       const In* left = a + offsets[0];
                       const In* right = b + offsets[1];
                       for (std::size_t i = 0; i < length; ++i) {
                         out[start + i] = function(left[i * step_a], right[i * step_b]);
                       }
                     });
}

/// Through 64 bits, where nothing overflows, and back by wrapping.
std::int32_t wrap(std::int64_t value) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  if (b == 0) return 0;
  const std::int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

std::int32_t power(std::int32_t base, std::int32_t exponent) {
  if (exponent < 0) return wrap(std::llround(std::trunc(std::pow(base, exponent))));
  std::uint32_t result = 1;
  auto factor = static_cast<std::uint32_t>(base);
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result *= factor;
    factor *= factor;
  }
  return static_cast<std::int32_t>(result);
}

std::int32_t shift_left(std::int32_t value, std::int32_t by) {
  if (by < 0 || by > 31) return 0;
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(value) << by);
}

std::int32_t apply(BinaryKind kind, std::int32_t left, std::int32_t right) {
  const std::int64_t a = left;
  const std::int64_t b = right;
  switch (kind) {
    case BinaryKind::kAdd:
      return wrap(a + b);
    case BinaryKind::kSubtract:
      return wrap(a - b);
    case BinaryKind::kMultiply:
      return wrap(a * b);
    case BinaryKind::kMaximum:
      return std::max(left, right);
    case BinaryKind::kMinimum:
      return std::min(left, right);
    case BinaryKind::kSquaredDifference:
      return wrap((a - b) * (a - b));
    case BinaryKind::kPrelu:
      return wrap(a > 0 ? a : a * b);
    case BinaryKind::kPower:
      return power(left, right);
    case BinaryKind::kDivide:
    case BinaryKind::kFloorDivide:
      return wrap(floor_divide(a, b));
    case BinaryKind::kMod:
      return wrap(b == 0 ? 0 : a - floor_divide(a, b) * b);
    case BinaryKind::kBitAnd:
      return left & right;
    case BinaryKind::kBitOr:
      return left | right;
    case BinaryKind::kBitXor:
      return left ^ right;
    case BinaryKind::kShiftLeft:
      return shift_left(left, right);
    case BinaryKind::kShiftRight:
      return left >> std::clamp(right, 0, 31);
    case BinaryKind::kGcd:
      return wrap(std::gcd(a, b));
    case BinaryKind::kLcm:
      return wrap(std::lcm(a, b));
    case BinaryKind::kArctan2:
      break;
  }
  return 0;
}

}  // namespace

void binary(BinaryKind kind, const Broadcast& shape, const std::int32_t* a, const std::int32_t* b,
            std::int32_t* out, const ThreadPool& pool) {
  map_pairs(shape, a, b, out, pool,
            [kind](std::int32_t left, std::int32_t right) { return apply(kind, left, right); });
}

template <typename T>
void compare(ComparisonKind kind, const Broadcast& shape, const T* a, const T* b, bool* out,
             const ThreadPool& pool) {
  const auto map = [&](const auto& function) { map_pairs(shape, a, b, out, pool, function); };
  switch (kind) {
    case ComparisonKind::kEqual:
      return map([](T x, T y) { return x == y; });
    case ComparisonKind::kNotEqual:
      return map([](T x, T y) { return x != y; });
    case ComparisonKind::kLess:
      return map([](T x, T y) { return x < y; });
    case ComparisonKind::kLessEqual:
      return map([](T x, T y) { return x <= y; });
    case ComparisonKind::kGreater:
      return map([](T x, T y) { return x > y; });
    case ComparisonKind::kGreaterEqual:
      return map([](T x, T y) { return x >= y; });
    case ComparisonKind::kAnd:
      return map([](T x, T y) { return x != T{} && y != T{}; });
    case ComparisonKind::kOr:
      return map([](T x, T y) { return x != T{} || y != T{}; });
    case ComparisonKind::kXor:
      return map([](T x, T y) { return (x != T{}) != (y != T{}); });
  }
}

template <typename T>
void select(const Broadcast& shape, const bool* condition, const T* a, const T* b, T* out,
            const ThreadPool& pool) {
  const Broadcast::Strides steps = shape.row_strides;
  for_broadcast_rows(shape, pool,
                     [&](const Broadcast::Strides& offsets, std::size_t start, std::size_t length) {
                       for (std::size_t i = 0; i < length; ++i) {
                         const T yes = a[offsets[1] + i * steps[1]];
                         const T no = b[offsets[2] + i * steps[2]];
                         out[start + i] = condition[offsets[0] + i * steps[0]] ? yes : no;
                       }
                     });
}

template void compare(ComparisonKind, const Broadcast&, const float*, const float*, bool*,
                      const ThreadPool&);
template void compare(ComparisonKind, const Broadcast&, const std::int32_t*, const std::int32_t*,
                      bool*, const ThreadPool&);
template void compare(ComparisonKind, const Broadcast&, const bool*, const bool*, bool*,
                      const ThreadPool&);
template void select(const Broadcast&, const bool*, const float*, const float*, float*,
                     const ThreadPool&);
template void select(const Broadcast&, const bool*, const std::int32_t*, const std::int32_t*,
                     std::int32_t*, const ThreadPool&);
template void select(const Broadcast&, const bool*, const bool*, const bool*, bool*,
                     const ThreadPool&);

}  // namespace weir::kernels
