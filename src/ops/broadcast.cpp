#include "ops/broadcast.h"

#include <algorithm>
#include <cstring>

#include "base/fail.h"
#include "ops/weight_floats.h"

namespace weir::ops {
namespace {

using graph::Constant;
using graph::ValueType;

/// The constant's elements as an executable type.
void convert(const Constant& constant, DType dtype, std::span<std::byte> out) {
  if (constant.dtype == dtype && constant.data.bytes.size() == out.size()) {
    std::memcpy(out.data(), constant.data.bytes.data(), out.size());
    return;
  }
  const WeightFloats floats(constant);
  for (std::size_t i = 0; i < floats.values().size(); ++i) {
    const float value = floats.values()[i];
    if (dtype == DType::kFloat32) {
      reinterpret_cast<float*>(out.data())[i] = value;
    } else if (dtype == DType::kInt32) {
      reinterpret_cast<std::int32_t*>(out.data())[i] = static_cast<std::int32_t>(value);
    } else {
      reinterpret_cast<bool*>(out.data())[i] = value != 0.0F;
    }
  }
}

/// A packed weight from a file may hold any bytes.
void check_bools(const std::string& id, const graph::PackedWeight& packed) {
  require(std::ranges::all_of(packed.bytes, [](std::byte byte) { return byte <= std::byte{1}; }),
          ErrorCode::kMalformed, "the packed weight '{}' has elements that are no bools", id);
}

std::size_t bytes_of(const Constant& constant, DType dtype) {
  return static_cast<std::size_t>(constant.shape.elements()) * size_of(dtype);
}

}  // namespace

bool BroadcastOperation::has_constants() const {
  return std::any_of(constants_.begin(), constants_.end(),
                     [](const MaybeConstant& constant) { return constant.has_value(); });
}

std::size_t BroadcastOperation::packed_bytes() const {
  std::size_t bytes = 0;
  for (const MaybeConstant& constant : constants_) {
    if (constant) bytes += bytes_of(*constant, DType::kFloat32);
  }
  return bytes;
}

/// An operand that lacks the batch axis, or has one element along it where the output has more,
/// lends its rows to several samples. For a constant that is harmless unless it has a row each.
bool BroadcastOperation::keeps_samples_apart(std::span<const ValueType> inputs) const {
  const std::vector<Shape> operands = shapes(inputs);
  const Shape out = kernels::broadcast_shape(operands);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const bool has_batch = operands[i].rank() == out.rank() && out.rank() > 0;
    const bool has_row_each = has_batch && operands[i][0] == out[0];
    if (constants_[i] ? has_row_each && out[0] > 1 : !has_row_each) return false;
  }
  return true;
}

std::vector<Shape> BroadcastOperation::shapes(std::span<const ValueType> inputs) const {
  std::vector<Shape> result;
  auto input = inputs.begin();
  for (const MaybeConstant& constant : constants_) {
    require(constant || input != inputs.end(), ErrorCode::kInvalidArgument, "{} has only {} inputs",
            kind(), inputs.size());
    result.push_back(constant ? constant->shape : (input++)->shape);
  }
  require(input == inputs.end(), ErrorCode::kInvalidArgument, "{} does not take {} inputs", kind(),
          inputs.size());
  return result;
}

DType BroadcastOperation::common_type(std::span<const ValueType> inputs) const {
  require(!inputs.empty(), ErrorCode::kInvalidArgument, "{} has no inputs", kind());
  for (const ValueType& input : inputs) {
    require(input.dtype == inputs[0].dtype, ErrorCode::kInvalidArgument, "{} of {} and {}", kind(),
            to_string(inputs[0].dtype), to_string(input.dtype));
  }
  return inputs[0].dtype;
}

BoundOperands BroadcastOperation::bind(graph::PackedWeights& weights,
                                       std::span<const DType> types) const {
  std::vector<std::optional<graph::PackedWeight>> bound(constants_.size());
  for (std::size_t i = 0; i < constants_.size(); ++i) {
    if (!constants_[i]) continue;
    const Constant& constant = *constants_[i];
    const std::string key = fmt::format("{}:{}", constant.id, to_string(types[i]));
    bound[i] = weights.get(key, bytes_of(constant, types[i]), [&](const graph::PackingRoom& room) {
      convert(constant, types[i], room.bytes());
    });
    if (types[i] == DType::kBool) check_bools(constant.id, *bound[i]);
  }
  return BoundOperands(std::move(bound));
}

BoundOperands BroadcastOperation::bind(graph::PackedWeights& weights, DType dtype) const {
  return bind(weights, std::vector<DType>(constants_.size(), dtype));
}

kernels::Broadcast BroadcastOperation::broadcast(const graph::PrepareContext& context) const {
  return kernels::make_broadcast(shapes(context.inputs), context.outputs[0].shape);
}

}  // namespace weir::ops
