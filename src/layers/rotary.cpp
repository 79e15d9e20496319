#include "layers/rotary.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "layers/sublayers.h"
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
      values.push_back(rotation.length * wave(static_cast<float>(position) * angle));
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

void require_rotation(std::int64_t size, double max_wavelength, double scaling_factor) {
  require(size > 0 && size % 2 == 0, ErrorCode::kMalformed,
          "vectors of {} elements cannot be turned in pairs", size);
  require(max_wavelength > 0 && scaling_factor != 0, ErrorCode::kMalformed,
          "the longest wave is {}, scaled by {}", max_wavelength, scaling_factor);
}

Rotation read_rotation(const Config& config, std::int64_t size) {
  const std::string type = config.text("rope_type", "linear");
  const double max_wavelength = config.number("max_wavelength", 10000.0);
  const double scaling_factor = config.number("scaling_factor", 1.0);
  require(!config.has("denominator_dim"), ErrorCode::kUnsupported,
          "a rotary embedding with a denominator_dim is not supported");
  if (type == "linear") return make_rotation(size, max_wavelength, scaling_factor);
  if (type == "dynamic") {
    const double exponent =
        static_cast<double>(size) / static_cast<double>(std::max<std::int64_t>(1, size - 2));
    return make_rotation(size, max_wavelength, std::pow(scaling_factor, exponent));
  }
  require(type == "yarn", ErrorCode::kUnsupported,
          "a rotary embedding of the type '{}' is not supported", type);
  return make_stretched_rotation(
      size, max_wavelength,
      {scaling_factor, config.number("beta_fast", 32.0), config.number("beta_slow", 1.0),
       size_in(config, "original_max_position_embeddings", 4096),
       config.boolean("truncate", true)});
}

std::vector<ValueId> rotary_embedding(LayerCall& call) {
  const Config config = call.config();
  const ValueId input = as_float(call, first_input(call));
  const Shape& shape = call.shape(input);
  require(shape.rank() >= 3 && config.integer("sequence_axis", 1) == 1 &&
              to_axis(config.integer("feature_axis", -1), shape.rank()) + 1 == shape.rank(),
          ErrorCode::kUnsupported, "a rotary embedding along other axes is not supported");
  require(call.inputs().size() == 1, ErrorCode::kUnsupported,
          "positions as a tensor are not supported");
  const Json* start = find_argument(call, 1, {"start_index"});
  require(start == nullptr || start->is_null() || *start == 0, ErrorCode::kUnsupported,
          "positions that do not begin at 0 are not supported");
  return {add_rotation(call, read_rotation(config, shape.back()), input)};
}

}  // namespace

Rotation make_rotation(std::int64_t size, double max_wavelength, double scaling_factor) {
  require_rotation(size, max_wavelength, scaling_factor);
  Rotation rotation;
  for (std::int64_t i = 0; i < size; i += 2) {
    const float part = static_cast<float>(i) / static_cast<float>(size);
    const float angle = std::pow(static_cast<float>(max_wavelength), -part);
    rotation.angles.push_back(angle / static_cast<float>(scaling_factor));
  }
  return rotation;
}

Rotation make_stretched_rotation(std::int64_t size, double max_wavelength,
                                 const Stretching& stretching) {
  require_rotation(size, max_wavelength, stretching.scaling_factor);
  require(stretching.scaling_factor > 0 && stretching.fastest > 0 && stretching.slowest > 0 &&
              max_wavelength != 1.0,
          ErrorCode::kMalformed, "a rotary embedding is stretched by {} from {} to {} turns",
          stretching.scaling_factor, stretching.fastest, stretching.slowest);
  // Which pair of elements turns so often.
  const auto place_of = [&](double turns) {
    return static_cast<double>(size) *
           std::log(static_cast<double>(stretching.positions) / (turns * 2 * std::numbers::pi)) /
           (2 * std::log(max_wavelength));
  };
  double first = place_of(stretching.fastest);
  double last = place_of(stretching.slowest);
  if (stretching.truncates) {
    first = std::floor(first);
    last = std::ceil(last);
  }
  first = std::max(first, 0.0);
  last = std::min(last, static_cast<double>(size - 1));
  Rotation rotation = make_rotation(size, max_wavelength);
  for (std::size_t i = 0; i < rotation.angles.size(); ++i) {
    const double ramp = (static_cast<double>(i) - first) / std::max(last - first, 0.001);
    const double share = std::clamp(ramp, 0.0, 1.0);
    rotation.angles[i] *= static_cast<float>(share / stretching.scaling_factor + 1.0 - share);
  }
  rotation.length = static_cast<float>(0.1 * std::log(stretching.scaling_factor) + 1.0);
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
