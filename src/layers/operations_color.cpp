#include <array>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/concat.h"
#include "ops/unary.h"

/// Operations of keras.ops.image between colour spaces.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ComparisonKind;
using Channels = std::array<ValueId, 3>;

std::size_t channel_axis(const LayerCall& call, ValueId images) {
  const std::size_t rank = call.shape(images).rank();
  require(rank >= 3, ErrorCode::kInvalidArgument, "images have the shape {}",
          to_string(call.shape(images)));
  return call.config().channels_first() ? rank - 3 : rank - 1;
}

/// The three channels of images, each with an axis of one channel.
Channels channels_of(LayerCall& call, ValueId images, std::size_t axis) {
  require(call.shape(images)[axis] == 3, ErrorCode::kInvalidArgument,
          "images have {} channels, not 3", call.shape(images)[axis]);
  Channels channels{};
  for (std::size_t i = 0; i < 3; ++i) {
    channels[i] = add_part(call, images, {axis, static_cast<std::int64_t>(i), 1, 1});
  }
  return channels;
}

ValueId joined(LayerCall& call, const Channels& channels, std::size_t axis) {
  return call.add(ops::make_concat(axis), {channels.begin(), channels.end()});
}

ValueId subtract(LayerCall& call, ValueId a, ValueId b) {
  return add_binary(call, BinaryKind::kSubtract, a, b);
}

/// a / b, and 0 where b is.
ValueId ratio(LayerCall& call, ValueId a, ValueId b) {
  const ValueId is_positive = add_comparison(call, ComparisonKind::kGreater, b, Operand::real(0));
  return add_select(call, is_positive, add_division(call, a, b), Operand::real(0));
}

/// The hue is counted in sixths of the circle from the largest of the channels.
std::vector<ValueId> rgb_to_hsv(LayerCall& call) {
  const ValueId images = as_float(call, first_input(call));
  const std::size_t axis = channel_axis(call, images);
  const auto [red, green, blue] = channels_of(call, images, axis);
  const auto extreme = [&call, red = red, green = green, blue = blue](BinaryKind kind) {
    return add_binary(call, kind, add_binary(call, kind, red, green), blue);
  };
  const ValueId value = extreme(BinaryKind::kMaximum);
  const ValueId range = subtract(call, value, extreme(BinaryKind::kMinimum));
  const auto sixths = [&](ValueId a, ValueId b, double start) {
    return add_affine(call, 1.0 / 6, start, ratio(call, subtract(call, a, b), range));
  };
  const auto is_largest = [&](ValueId channel) {
    return add_comparison(call, ComparisonKind::kEqual, channel, value);
  };
  ValueId hue =
      add_select(call, is_largest(green), sixths(blue, red, 2.0 / 6), sixths(red, green, 4.0 / 6));
  hue = add_select(call, is_largest(red), sixths(green, blue, 0), hue);
  hue = add_select(call, add_comparison(call, ComparisonKind::kLess, hue, Operand::real(0)),
                   add_affine(call, 1, 1, hue), hue);
  const ValueId has_hue = add_comparison(call, ComparisonKind::kGreater, range, Operand::real(0));
  return {joined(
      call, {add_select(call, has_hue, hue, Operand::real(0)), ratio(call, range, value), value},
      axis)};
}

/// min(max(scale * |6 hue - centre| + start, 0), 1): how much of a channel a hue has.
ValueId part_of_hue(LayerCall& call, ValueId hue, double centre, double scale, double start) {
  const ValueId distance =
      call.add(ops::make_unary({kernels::UnaryKind::kAbs}), {add_affine(call, 6, -centre, hue)});
  return call.add(ops::make_unary(kernels::clip(0, 1)), {add_affine(call, scale, start, distance)});
}

std::vector<ValueId> hsv_to_rgb(LayerCall& call) {
  const ValueId images = as_float(call, first_input(call));
  const std::size_t axis = channel_axis(call, images);
  const auto [hue, saturation, value] = channels_of(call, images, axis);
  Channels channels{part_of_hue(call, hue, 3, 1, -1), part_of_hue(call, hue, 2, -1, 2),
                    part_of_hue(call, hue, 4, -1, 2)};
  const ValueId grey = add_affine(call, -1, 1, saturation);
  for (ValueId& channel : channels) {
    const ValueId coloured = add_binary(call, BinaryKind::kMultiply, channel, saturation);
    channel = add_binary(call, BinaryKind::kMultiply,
                         add_binary(call, BinaryKind::kAdd, grey, coloured), value);
  }
  return {joined(call, channels, axis)};
}

}  // namespace

void register_operations_color(Registry& registry) {
  registry.add_operation("RGBToHSV", rgb_to_hsv);
  registry.add_operation("HSVToRGB", hsv_to_rgb);
}

}  // namespace weir::layers
