#include "kernels/reference/binary.h"

#include <algorithm>
#include <cmath>

#include "kernels/reference/unary.h"

namespace weir::kernels::reference {

float apply_binary(BinaryKind kind, float a, float b) {
  switch (kind) {
    case BinaryKind::kAdd:
      return a + b;
    case BinaryKind::kSubtract:
      return a - b;
    case BinaryKind::kMultiply:
      return a * b;
    case BinaryKind::kDivide:
      return a / b;
    case BinaryKind::kMaximum:
      return std::isnan(a) || a > b ? a : b;
    case BinaryKind::kMinimum:
      return std::isnan(a) || a < b ? a : b;
    case BinaryKind::kSquaredDifference:
      return (a - b) * (a - b);
    case BinaryKind::kPrelu:
      return a > 0.0F ? a : a * b;
    case BinaryKind::kPower:
      return std::pow(a, b);
    case BinaryKind::kFloorDivide:
      return std::floor(a / b);
    case BinaryKind::kMod: {
      const float rest = std::fmod(a, b);
      return rest != 0.0F && (rest < 0.0F) != (b < 0.0F) ? rest + b : rest;
    }
    case BinaryKind::kArctan2:
      return std::atan2(a, b);
    default:
      break;  // Of whole numbers.
  }
  return 0.0F;
}

void binary(BinaryKind kind, const Broadcast& shape, const float* a, const float* b, float* out,
            const Unary& activation) {
  walk_rows(shape, 0, shape.rows(), [&](const Broadcast::Strides& offsets, std::size_t start) {
    for (std::size_t i = 0; i < shape.row_length; ++i) {
      const float left = a[offsets[0] + i * shape.row_strides[0]];
      const float right = b[offsets[1] + i * shape.row_strides[1]];
      out[start + i] = apply_unary(apply_binary(kind, left, right), activation);
    }
  });
}

}  // namespace weir::kernels::reference
