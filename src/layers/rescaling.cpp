#include <algorithm>
#include <cmath>

#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/masking.h"
#include "layers/number_array.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/channel_affine.h"

namespace weir::layers {
namespace {

using graph::ChannelAffine;
using kernels::BinaryKind;

NumberArray numbers_of(const Config& config, std::string_view key, double fallback) {
  const auto found = config.json().find(key);
  if (found == config.json().end() || found->is_null()) {
    return {{fallback}, Shape(), DType::kFloat32, true};
  }
  const std::optional<NumberArray> numbers = parse_numbers(*found);
  require(numbers.has_value(), ErrorCode::kMalformed, "config key '{}' is not made of numbers",
          key);
  return *numbers;
}

/// Element `c` of a number or of a list with one number for each channel.
float channel_value(const NumberArray& numbers, std::size_t c) {
  return static_cast<float>(numbers.values[numbers.values.size() == 1 ? 0 : c]);
}

/// x * scale + offset, one of each or one for each channel.
std::vector<ValueId> rescaling(LayerCall& call) {
  const NumberArray scale = numbers_of(call.config(), "scale", 1.0);
  const NumberArray offset = numbers_of(call.config(), "offset", 0.0);
  const ValueId input = as_float(call, call.input());
  const std::int64_t channels = call.shape(input).back();
  const auto fits = [channels](const NumberArray& numbers) {
    return numbers.shape.rank() <= 1 &&
           (numbers.values.size() == 1 ||
            static_cast<std::int64_t>(numbers.values.size()) == channels);
  };
  if (scale.values.size() == 1 && offset.values.size() == 1) {
    return {add_affine(call, scale.values.front(), offset.values.front(), input)};
  }
  if (!fits(scale) || !fits(offset)) {
    const ValueId scaled =
        add_binary(call, BinaryKind::kMultiply, input, scale.operand(call.path()));
    return {add_binary(call, BinaryKind::kAdd, scaled, offset.operand(call.path()))};
  }
  ChannelAffine affine{call.path(), channels, [scale, offset, channels] {
                         ChannelAffine::Values values;
                         for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
                           values.scale.push_back(channel_value(scale, c));
                           values.shift.push_back(channel_value(offset, c));
                         }
                         return values;
                       }};
  return {call.add(ops::make_channel_affine(std::move(affine), 0), {input})};
}

/// An array that broadcasts against the input.
struct Moments {
  std::vector<double> mean;
  std::vector<double> deviation;  ///< max(sqrt(variance), 1e-7)
  Shape shape;
};

/// The axes that keep moments of their own, rising; none for "axis": null.
std::vector<std::size_t> kept_axes(const Config& config, std::size_t rank) {
  if (!config.json().contains("axis")) return {to_axis(-1, rank)};
  std::vector<std::size_t> axes = to_axes(config, "axis", rank);
  std::sort(axes.begin(), axes.end());
  return axes;
}

/// The shape that puts the axes of `source` at the last of the kept axes, with 1 at all others.
Shape spread(const Shape& source, const Shape& input, const std::vector<std::size_t>& kept) {
  require(source.rank() <= kept.size(), ErrorCode::kMalformed,
          "moments of shape {} do not fit {} axes", to_string(source), kept.size());
  Shape shape = input;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) shape[axis] = 1;
  for (std::size_t i = 0; i < source.rank(); ++i) {
    shape[kept[kept.size() - source.rank() + i]] = source[i];
  }
  return shape;
}

/// From the config, or from the weights that `adapt` made.
Moments moments_of(const LayerCall& call, const Shape& input,
                   const std::vector<std::size_t>& kept) {
  Moments moments;
  std::vector<double> variance;
  if (call.config().has("mean")) {
    const NumberArray mean = numbers_of(call.config(), "mean", 0.0);
    moments.mean = mean.values;
    moments.shape = spread(mean.shape, input, kept);
    variance = numbers_of(call.config(), "variance", 1.0).values;
  } else {
    Shape shape;
    for (const std::size_t axis : kept) shape.push_back(input[axis]);
    const std::vector<float> mean = call.weight(0, shape).to_floats();
    const std::vector<float> adapted = call.weight(1, shape).to_floats();
    moments.mean.assign(mean.begin(), mean.end());
    moments.shape = spread(shape, input, kept);
    variance.assign(adapted.begin(), adapted.end());
  }
  require(variance.size() == moments.mean.size(), ErrorCode::kMalformed,
          "there are {} means and {} variances", moments.mean.size(), variance.size());
  for (const double value : variance) {
    moments.deviation.push_back(std::max(std::sqrt(value), 1e-7));
  }
  return moments;
}

/// One scale and one shift lose what a mean far larger than its deviation cancels.
bool cancels(const Moments& moments) {
  constexpr double kTooLarge = 64.0;
  for (std::size_t i = 0; i < moments.mean.size(); ++i) {
    if (std::abs(moments.mean[i]) > kTooLarge * moments.deviation[i]) return true;
  }
  return false;
}

ChannelAffine::Values fold(const Moments& moments, bool inverts) {
  ChannelAffine::Values values;
  for (std::size_t c = 0; c < moments.mean.size(); ++c) {
    const double scale = inverts ? moments.deviation[c] : 1.0 / moments.deviation[c];
    const double shift = inverts ? moments.mean[c] : -moments.mean[c] * scale;
    values.scale.push_back(static_cast<float>(scale));
    values.shift.push_back(static_cast<float>(shift));
  }
  return values;
}

ValueId add_exactly(LayerCall& call, const Moments& moments, bool inverts, ValueId input) {
  const Operand mean = Operand::array(call.path(), moments.mean, moments.shape, DType::kFloat32);
  const Operand deviation =
      Operand::array(call.path(), moments.deviation, moments.shape, DType::kFloat32);
  if (inverts) {
    const ValueId scaled = add_binary(call, BinaryKind::kMultiply, input, deviation);
    return add_binary(call, BinaryKind::kAdd, scaled, mean);
  }
  const ValueId centered = add_binary(call, BinaryKind::kSubtract, input, mean);
  return add_binary(call, BinaryKind::kDivide, centered, deviation);
}

/// (x - mean) / deviation, or x * deviation + mean.
std::vector<ValueId> normalization(LayerCall& call) {
  const ValueId input = as_float(call, call.input());
  const Shape shape = call.shape(input);
  const std::vector<std::size_t> kept = kept_axes(call.config(), shape.rank());
  const Moments moments = moments_of(call, shape, kept);
  const bool inverts = call.config().boolean("invert", false);
  const bool one_axis =
      kept.size() == 1 && static_cast<std::int64_t>(moments.mean.size()) == shape[kept.front()];
  if (!one_axis || cancels(moments)) return {add_exactly(call, moments, inverts, input)};
  ChannelAffine affine{call.path(), shape[kept.front()],
                       [moments, inverts] { return fold(moments, inverts); }};
  return {call.add(ops::make_channel_affine(std::move(affine), shape.rank() - 1 - kept.front()),
                   {input})};
}

}  // namespace

void register_rescaling(Registry& registry) {
  registry.add_layer("Rescaling", rescaling, pass_masks);
  registry.add_layer("Normalization", normalization, pass_masks);
}

}  // namespace weir::layers
