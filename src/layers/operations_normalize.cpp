#include <algorithm>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/reduce.h"
#include "ops/unary.h"

/// Operations of keras.ops.nn that shift and scale by moments: taken from the data, or given.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ReduceKind;

/// keras.config.epsilon(), where a call gives none.
constexpr double kEpsilon = 1e-7;

ValueId reduced(LayerCall& call, ReduceKind kind, ValueId x, const std::vector<std::size_t>& axes) {
  return call.add(ops::make_reduce(kind, axes, /*keeps_axes=*/true), {x});
}

/// x / sqrt(power + epsilon)
ValueId scaled_by_power(LayerCall& call, ValueId x, ValueId power, double epsilon) {
  const ValueId positive = add_affine(call, 1, epsilon, power);
  const ValueId scale = call.add(ops::make_unary({kernels::UnaryKind::kRsqrt}), {positive});
  return add_binary(call, BinaryKind::kMultiply, x, scale);
}

/// The axes that the config names, by default the last one.
std::vector<std::size_t> normalized_axes(const LayerCall& call, ValueId x) {
  const std::size_t rank = call.shape(x).rank();
  if (!call.config().has("axis")) return {to_axis(-1, rank)};
  return to_axes(call.config(), "axis", rank);
}

double epsilon_of(const LayerCall& call) {
  const Json settings = settings_of(call);
  return Config(settings).number("epsilon", kEpsilon);
}

ValueId root_mean_square(LayerCall& call, ValueId x, const std::vector<std::size_t>& axes) {
  const ValueId square = call.add(ops::make_unary({kernels::UnaryKind::kSquare}), {x});
  return scaled_by_power(call, x, reduced(call, ReduceKind::kMean, square, axes), epsilon_of(call));
}

/// Whole numbers are normalised as floats, and what comes of it is cut to whole ones again.
ValueId as_given(LayerCall& call, ValueId normal) {
  return add_cast(call, call.type(first_input(call)).dtype, normal);
}

std::vector<ValueId> rms_norm(LayerCall& call) {
  const ValueId x = as_float(call, first_input(call));
  const ValueId normal = root_mean_square(call, x, normalized_axes(call, x));
  const std::optional<Operand> scale = find_operand(call, 1, {"scale"});
  return {as_given(call, scale ? add_binary(call, BinaryKind::kMultiply, normal, *scale) : normal)};
}

/// A factor or an offset of the named axes, with axes of size 1 for the others.
Operand along(LayerCall& call, const Operand& operand, ValueId x,
              const std::vector<std::size_t>& axes) {
  if (!operand.value()) return operand;
  const Shape& shape = call.shape(x);
  Shape target;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    const bool named = std::ranges::find(axes, axis) != axes.end();
    target.push_back(named ? shape[axis] : 1);
  }
  return add_reshape(call, *operand.value(), target);
}

std::vector<ValueId> layer_norm(LayerCall& call) {
  const ValueId x = as_float(call, first_input(call));
  const std::vector<std::size_t> axes = normalized_axes(call, x);
  ValueId y;
  if (call.config().boolean("rms_scaling", false)) {
    const ValueId variance = reduced(call, ReduceKind::kVariance, x, axes);
    y = scaled_by_power(call, x, variance, epsilon_of(call));
  } else {
    const ValueId centred =
        add_binary(call, BinaryKind::kSubtract, x, reduced(call, ReduceKind::kMean, x, axes));
    y = scaled_by_power(call, centred, reduced(call, ReduceKind::kVariance, x, axes),
                        epsilon_of(call));
  }
  if (const auto gamma = find_operand(call, 1, {"gamma"})) {
    y = add_binary(call, BinaryKind::kMultiply, y, along(call, *gamma, x, axes));
  }
  if (const auto beta = find_operand(call, 2, {"beta"})) {
    y = add_binary(call, BinaryKind::kAdd, y, along(call, *beta, x, axes));
  }
  return {as_given(call, y)};
}

std::vector<ValueId> batch_norm(LayerCall& call) {
  const ValueId x = as_float(call, first_input(call));
  const std::vector<std::size_t> axes = normalized_axes(call, x);
  const auto given = [&](std::size_t position, const char* name) -> std::optional<Operand> {
    const std::optional<Operand> operand = find_operand(call, position, {name});
    if (!operand) return std::nullopt;
    return along(call, as_value(call, *operand), x, axes);
  };
  const std::optional<Operand> mean = given(1, "mean");
  const std::optional<Operand> variance = given(2, "variance");
  require(mean && variance, ErrorCode::kMalformed, "has no mean or no variance");
  ValueId y = scaled_by_power(call, add_binary(call, BinaryKind::kSubtract, x, *mean),
                              *variance->value(), call.config().number("epsilon", 1e-3));
  if (const auto scale = given(4, "scale")) y = add_binary(call, BinaryKind::kMultiply, y, *scale);
  if (const auto offset = given(3, "offset")) y = add_binary(call, BinaryKind::kAdd, y, *offset);
  return {y};
}

/// Mean and variance.
std::vector<ValueId> moments(LayerCall& call) {
  const ValueId x = as_float(call, first_input(call));
  const Config config = call.config();
  const std::vector<std::size_t> axes = to_axes(config, "axes", call.shape(x).rank());
  const bool keeps = config.boolean("keepdims", false);
  return {call.add(ops::make_reduce(ReduceKind::kMean, axes, keeps), {x}),
          call.add(ops::make_reduce(ReduceKind::kVariance, axes, keeps), {x})};
}

}  // namespace

void register_operations_normalize(Registry& registry) {
  registry.add_operation("RMSNorm", rms_norm);
  registry.add_operation("LayerNorm", layer_norm);
  registry.add_operation("BatchNorm", batch_norm);
  registry.add_operation("Moments", moments);
}

}  // namespace weir::layers
