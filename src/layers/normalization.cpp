#include <algorithm>
#include <cmath>

#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/last_axes.h"
#include "layers/masking.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/binary.h"
#include "ops/channel_affine.h"
#include "ops/normalize.h"

namespace weir::layers {
namespace {

using graph::ChannelAffine;
using graph::Constant;
using kernels::NormalizeKind;

/// The trainable weights of a normalisation, in Keras's order.
struct ScaleAndCenter {
  std::optional<Constant> gamma;
  std::optional<Constant> beta;
  std::size_t count = 0;
};

ScaleAndCenter scale_and_center(const LayerCall& call, bool scales, bool centers,
                                const Shape& shape) {
  ScaleAndCenter weights;
  if (scales) weights.gamma = call.weight(weights.count++, shape);
  if (centers) weights.beta = call.weight(weights.count++, shape);
  return weights;
}

double number_at(const std::vector<float>& values, std::size_t i, double fallback) {
  return values.empty() ? fallback : static_cast<double>(values[i]);
}

std::vector<float> floats_of(const std::optional<Constant>& constant) {
  return constant ? constant->to_floats() : std::vector<float>{};
}

/// gamma * (x - mean) / sqrt(variance + epsilon) + beta as one scale and one shift.
ChannelAffine::Values fold(const ScaleAndCenter& weights, const Constant& moving_mean,
                           const Constant& moving_variance, double epsilon) {
  const std::vector<float> gamma = floats_of(weights.gamma);
  const std::vector<float> beta = floats_of(weights.beta);
  const std::vector<float> mean = moving_mean.to_floats();
  const std::vector<float> variance = moving_variance.to_floats();
  ChannelAffine::Values values;
  for (std::size_t c = 0; c < mean.size(); ++c) {
    const double scale = number_at(gamma, c, 1.0) / std::sqrt(variance[c] + epsilon);
    values.scale.push_back(static_cast<float>(scale));
    values.shift.push_back(static_cast<float>(number_at(beta, c, 0.0) - mean[c] * scale));
  }
  return values;
}

/// The only axis of the config, the last one where there is none. Keras 2 writes a list of one.
std::size_t only_axis(const Config& config, std::size_t rank) {
  if (!config.has("axis")) return to_axis(-1, rank);
  const std::vector<std::size_t> axes = to_axes(config, "axis", rank);
  require(axes.size() == 1, ErrorCode::kUnsupported, "{} axes are not supported", axes.size());
  return axes.front();
}

/// With the moving averages of training.
std::vector<ValueId> batch_normalization(LayerCall& call) {
  const Config config = call.config();
  const ValueId input = as_float(call, call.input());
  const Shape& shape = call.shape(input);
  const std::size_t axis = only_axis(config, shape.rank());
  const Shape channels{shape[axis]};
  const ScaleAndCenter weights = scale_and_center(call, config.boolean("scale", true),
                                                  config.boolean("center", true), channels);
  ChannelAffine affine{call.path(), shape[axis],
                       [weights, mean = call.weight(weights.count, channels),
                        variance = call.weight(weights.count + 1, channels),
                        epsilon = config.number("epsilon", 1e-3)] {
                         return fold(weights, mean, variance, epsilon);
                       }};
  return {call.add(ops::make_channel_affine(std::move(affine), shape.rank() - 1 - axis), {input})};
}

/// The axes of the config in the order in which Keras sorts and stores them, and where they are.
struct NormalizedAxes {
  std::vector<std::size_t> axes;
  Shape weight_shape;
};

NormalizedAxes normalized_axes(const LayerCall& call, const Shape& shape) {
  std::vector<std::int64_t> stored = call.config().integers("axis");
  if (stored.empty()) stored.push_back(-1);
  std::sort(stored.begin(), stored.end());
  NormalizedAxes result;
  for (const std::int64_t axis : stored) {
    result.axes.push_back(to_axis(axis, shape.rank()));
    result.weight_shape.push_back(shape[result.axes.back()]);
  }
  return result;
}

ValueId add_normalize(LayerCall& call, ValueId input, const std::vector<std::size_t>& axes,
                      ops::NormalizeAttributes attributes) {
  const LastAxes moved = move_last(call, input, axes);
  const ValueId result =
      call.add(ops::make_normalize(moved.count, std::move(attributes)), {moved.value});
  return move_back(call, moved, result);
}

std::vector<ValueId> layer_normalization(LayerCall& call) {
  const Config config = call.config();
  const ValueId input = as_float(call, call.input());
  const NormalizedAxes axes = normalized_axes(call, call.shape(input));
  const bool rms_scaling = config.boolean("rms_scaling", false);
  const bool scales = config.boolean("scale", true) || rms_scaling;
  const bool centers = config.boolean("center", true) && !rms_scaling;
  const ScaleAndCenter weights = scale_and_center(call, scales, centers, axes.weight_shape);
  const auto kind = rms_scaling ? NormalizeKind::kVariance : NormalizeKind::kStandard;
  return {add_normalize(call, input, axes.axes,
                        {kind, config.number("epsilon", 1e-3), weights.gamma, weights.beta})};
}

std::vector<ValueId> rms_normalization(LayerCall& call) {
  const ValueId input = as_float(call, call.input());
  const NormalizedAxes axes = normalized_axes(call, call.shape(input));
  const graph::Constant scale = call.weight(0, axes.weight_shape);
  ops::NormalizeAttributes attributes{
      NormalizeKind::kRootMeanSquare, call.config().number("epsilon", 1e-6), {}, {}};
  const std::size_t first = call.shape(input).rank() - axes.axes.size();
  if (std::ranges::min(axes.axes) == first) {
    attributes.gamma = scale;
    return {add_normalize(call, input, axes.axes, attributes)};
  }
  // Keras multiplies by the scale as it is, which then is one of the last axes.
  const ValueId normal = add_normalize(call, input, axes.axes, attributes);
  return {call.add(ops::make_binary(kernels::BinaryKind::kMultiply, {}, scale), {normal})};
}

std::vector<ValueId> unit_normalization(LayerCall& call) {
  const ValueId input = as_float(call, call.input());
  const NormalizedAxes axes = normalized_axes(call, call.shape(input));
  return {add_normalize(call, input, axes.axes, {NormalizeKind::kUnit, 1e-12, {}, {}})};
}

std::vector<ValueId> group_normalization(LayerCall& call) {
  const Config config = call.config();
  const ValueId input = as_float(call, call.input());
  const std::size_t axis = only_axis(config, call.shape(input).rank());
  const std::int64_t channels = call.shape(input)[axis];
  const std::int64_t groups = config.integer("groups", 32);
  require(groups == -1 || groups > 0, ErrorCode::kMalformed, "groups is {}", groups);
  const ScaleAndCenter weights = scale_and_center(call, config.boolean("scale", true),
                                                  config.boolean("center", true), {channels});
  const LastAxes moved = move_last(call, input, {axis});
  const ValueId result = call.add(
      ops::make_group_normalize(
          static_cast<std::size_t>(groups == -1 ? channels : groups),
          {NormalizeKind::kStandard, config.number("epsilon", 1e-3), weights.gamma, weights.beta}),
      {moved.value});
  return {move_back(call, moved, result)};
}

/// Of ConvNeXt: one factor a channel.
std::vector<ValueId> layer_scale(LayerCall& call) {
  const ValueId input = as_float(call, call.input());
  const std::int64_t channels = call.shape(input).back();
  ChannelAffine affine{call.path(), channels, [gamma = call.weight(0, {channels})] {
                         ChannelAffine::Values values{gamma.to_floats(), {}};
                         values.shift.resize(values.scale.size());
                         return values;
                       }};
  return {call.add(ops::make_channel_affine(std::move(affine), 0), {input})};
}

}  // namespace

void register_normalization(Registry& registry) {
  registry.add_layer("BatchNormalization", batch_normalization, pass_masks);
  registry.add_layer("LayerNormalization", layer_normalization, pass_masks);
  registry.add_layer("RMSNormalization", rms_normalization);
  registry.add_layer("UnitNormalization", unit_normalization, pass_masks);
  registry.add_layer("GroupNormalization", group_normalization, pass_masks);
  registry.add_layer("LayerScale", layer_scale);
}

}  // namespace weir::layers
