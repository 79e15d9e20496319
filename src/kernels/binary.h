#pragma once

#include <cstdint>

#include "base/thread_pool.h"
#include "kernels/broadcast.h"
#include "kernels/unary.h"

namespace weir::kernels {

/// Functions of two numbers that give one of the same type.
enum class BinaryKind : std::uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,  ///< Floats only.
  kMaximum,
  kMinimum,
  kSquaredDifference,
  kPrelu,  ///< x > 0 ? x : alpha * x
  kPower,
  kFloorDivide,
  kMod,  ///< Of the divisor's sign, as in Python.
  kArctan2,
  // Whole numbers only:
  kBitAnd,
  kBitOr,
  kBitXor,
  kShiftLeft,
  kShiftRight,  ///< Keeps the sign.
  kGcd,
  kLcm,
};

/// Functions of two numbers that give a bool. The logical ones ask whether each is not 0.
enum class ComparisonKind : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAnd,
  kOr,
  kXor,
};

/// out = activation(kind(a, b)), broadcasting. `out` may be an operand that is not broadcast.
void binary(BinaryKind kind, const Broadcast& shape, const float* a, const float* b, float* out,
            const Unary& activation, const ThreadPool& pool);

/// Of whole numbers; overflow wraps, and a division by 0 gives 0.
void binary(BinaryKind kind, const Broadcast& shape, const std::int32_t* a, const std::int32_t* b,
            std::int32_t* out, const ThreadPool& pool);

/// T is float, std::int32_t or bool.
template <typename T>
void compare(ComparisonKind kind, const Broadcast& shape, const T* a, const T* b, bool* out,
             const ThreadPool& pool);

/// out = condition ? a : b, broadcasting all three (operands 0, 1 and 2 of `shape`). T is float,
/// std::int32_t or bool.
template <typename T>
void select(const Broadcast& shape, const bool* condition, const T* a, const T* b, T* out,
            const ThreadPool& pool);

}  // namespace weir::kernels
