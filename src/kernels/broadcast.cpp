#include "kernels/broadcast.h"

#include "base/fail.h"

namespace weir::kernels {
namespace {

/// The size along `axis` of the output, 1 where the operand has no such axis.
std::int64_t size_along(const Shape& operand, const Shape& out, std::size_t axis) {
  const std::size_t missing = out.rank() - operand.rank();
  return axis < missing ? 1 : operand[axis - missing];
}

struct Axis {
  std::size_t size;
  Broadcast::Strides strides;
};

/// Whether walking `outer` around `inner` is walking one longer axis, for every operand.
bool can_join(const Axis& outer, const Axis& inner, std::size_t operands) {
  for (std::size_t k = 0; k < operands; ++k) {
    if (outer.strides[k] != inner.strides[k] * inner.size) return false;
  }
  return true;
}

}  // namespace

Broadcast make_broadcast(std::span<const Shape> operands, const Shape& out) {
  Broadcast result;
  std::array<Axis, Shape::kMaxRank> joined{};  // Innermost first.
  std::size_t count = 0;
  Broadcast::Strides next{1, 1, 1};
  for (std::size_t axis = out.rank(); axis-- > 0;) {
    if (out[axis] == 1) continue;
    Axis current{static_cast<std::size_t>(out[axis]), {}};
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const auto size = static_cast<std::size_t>(size_along(operands[k], out, axis));
      current.strides[k] = size == 1 ? 0 : next[k];
      next[k] *= size;
    }
    if (count > 0 && can_join(current, joined[count - 1], operands.size())) {
      joined[count - 1].size *= current.size;
    } else {
      joined[count++] = current;
    }
  }
  if (count == 0) return result;
  result.row_length = joined[0].size;
  result.row_strides = joined[0].strides;
  for (std::size_t i = count; i-- > 1;) {
    result.sizes[result.outer_axes] = joined[i].size;
    result.strides[result.outer_axes] = joined[i].strides;
    ++result.outer_axes;
  }
  return result;
}

Shape broadcast_shape(std::span<const Shape> operands) {
  std::size_t rank = 0;
  for (const Shape& operand : operands) rank = std::max(rank, operand.rank());
  Shape out;
  for (std::size_t axis = 0; axis < rank; ++axis) out.push_back(1);
  for (const Shape& operand : operands) {
    const std::size_t missing = rank - operand.rank();
    for (std::size_t axis = 0; axis < operand.rank(); ++axis) {
      std::int64_t& size = out[axis + missing];
      const std::int64_t other = operand[axis];
      require(size == other || size == 1 || other == 1, ErrorCode::kInvalidArgument,
              "shapes do not broadcast: axis {} has the sizes {} and {}", axis + missing, size,
              other);
      if (size == 1) size = other;
    }
  }
  return out;
}

}  // namespace weir::kernels
