#include "layers/rotary.h"

#include <cmath>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/concat.h"

namespace weir::layers {
namespace {

using kernels::BinaryKind;

/// The cosines or sines for each position, (positions, 1…, half).
Operand make_waves(const LayerCall& call, const Rotation& rotation, const Shape& shape,
                   float (*wave)(float)) {
  std::vector<double> values;
  for (std::int64_t position = 0; position < shape[1]; ++position) {
    for (const float angle : rotation.angles) {
      values.push_back(wave(static_cast<float>(position) * angle));
    }
  }
  Shape target{shape[1]};
  while (target.rank() + 2 < shape.rank()) target.push_back(1);
  target.push_back(static_cast<std::int64_t>(rotation.angles.size()));
  return Operand::array(call.path(), values, target, DType::kFloat32);
}

/// a * x + b * y
ValueId add_mixture(LayerCall& call, BinaryKind kind, ValueId x, const Operand& a, ValueId y,
                    const Operand& b) {
  return add_binary(call, kind, add_binary(call, BinaryKind::kMultiply, x, a),
                    add_binary(call, BinaryKind::kMultiply, y, b));
}

std::vector<ValueId> rotary_embedding(LayerCall& call) {
  const Config config = call.config();
  const std::string type = config.text("rope_type", "linear");
  const ValueId input = as_float(call, first_input(call));
  const Shape& shape = call.shape(input);
  require(shape.rank() >= 3 && config.integer("sequence_axis", 1) == 1 &&
              to_axis(config.integer("feature_axis", -1), shape.rank()) + 1 == shape.rank(),
          ErrorCode::kUnsupported, "a rotary embedding along other axes is not supported");
  require(type == "linear" && !config.has("denominator_dim"), ErrorCode::kUnsupported,
          "a rotary embedding of the type '{}' is not supported", type);
  require(call.inputs().size() == 1, ErrorCode::kUnsupported,
          "positions as a tensor are not supported");
  return {add_rotation(call,
                       make_rotation(shape.back(), config.number("max_wavelength", 10000.0),
                                     config.number("scaling_factor", 1.0)),
                       input)};
}

}  // namespace

Rotation make_rotation(std::int64_t size, double max_wavelength, double scaling_factor) {
  require(size > 0 && size % 2 == 0, ErrorCode::kMalformed,
          "vectors of {} elements cannot be turned in pairs", size);
  require(max_wavelength > 0 && scaling_factor != 0, ErrorCode::kMalformed,
          "the longest wave is {}, scaled by {}", max_wavelength, scaling_factor);
  Rotation rotation;
  for (std::int64_t i = 0; i < size; i += 2) {
    const float part = static_cast<float>(i) / static_cast<float>(size);
    const float angle = std::pow(static_cast<float>(max_wavelength), -part);
    rotation.angles.push_back(angle / static_cast<float>(scaling_factor));
  }
  return rotation;
}

ValueId add_rotation(LayerCall& call, const Rotation& rotation, ValueId input) {
  const Shape shape = call.shape(input);
  const std::size_t last = shape.rank() - 1;
  const std::int64_t half = rotation.size() / 2;
  require(rotation.size() <= shape.back(), ErrorCode::kMalformed,
          "{} elements of vectors of {} cannot be turned", rotation.size(), shape.back());
  const Operand cosines =
      make_waves(call, rotation, shape, [](float angle) { return std::cos(angle); });
  const Operand sines =
      make_waves(call, rotation, shape, [](float angle) { return std::sin(angle); });
  const std::int64_t step = rotation.of_neighbours ? 2 : 1;
  const ValueId x = add_part(call, input, {last, 0, step, half});
  const ValueId y = add_part(call, input, {last, rotation.of_neighbours ? 1 : half, step, half});
  std::vector<ValueId> parts{add_mixture(call, BinaryKind::kSubtract, x, cosines, y, sines),
                             add_mixture(call, BinaryKind::kAdd, y, cosines, x, sines)};
  if (2 * half < shape.back()) {
    parts.push_back(add_part(call, input, {last, 2 * half, 1, shape.back() - 2 * half}));
  }
  return call.add(ops::make_concat(last), std::move(parts));
}

void register_rotary(Registry& registry) {
  registry.add_layer("keras_hub>RotaryEmbedding", rotary_embedding);
}

}  // namespace weir::layers
