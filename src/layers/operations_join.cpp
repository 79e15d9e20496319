#include <algorithm>

#include "base/checked.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/concat.h"
#include "ops/gather.h"
#include "ops/pad.h"

/// Operations of keras.ops that join, repeat or surround tensors.
namespace weir::layers {
namespace {

std::vector<ValueId> stack(LayerCall& call) {
  const std::vector<ValueId> inputs = inputs_of_one_type(call);
  const Shape shape = call.shape(inputs.front());
  const std::size_t axis = to_axis(call.config().integer("axis", 0), shape.rank() + 1);
  std::vector<ValueId> parts;
  for (const ValueId input : inputs) {
    Shape target;
    for (std::size_t i = 0; i <= call.shape(input).rank(); ++i) {
      if (i == axis) target.push_back(1);
      if (i < call.shape(input).rank()) target.push_back(call.shape(input)[i]);
    }
    parts.push_back(add_reshape(call, input, target));
  }
  return {call.add(ops::make_concat(axis), std::move(parts))};
}

/// np.hstack, np.vstack and np.dstack, but for tensors that would first get more axes.
template <std::size_t kAxis>
std::vector<ValueId> join_along(LayerCall& call) {
  return {call.add(ops::make_concat(kAxis), inputs_of_one_type(call))};
}

/// Position i as often as repeats[i] says.
std::vector<std::int64_t> repeated_indices(const std::vector<std::int64_t>& repeats) {
  constexpr std::int64_t kMost = 1 << 24;  // a list this long is a mistake or an attack
  std::vector<std::int64_t> indices;
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    require(repeats[i] >= 0 && repeats[i] < kMost &&
                indices.size() + static_cast<std::size_t>(repeats[i]) <= kMost,
            ErrorCode::kMalformed, "a position is repeated {} times", repeats[i]);
    indices.insert(indices.end(), static_cast<std::size_t>(repeats[i]),
                   static_cast<std::int64_t>(i));
  }
  return indices;
}

std::vector<ValueId> repeat(LayerCall& call) {
  const Config config = call.config();
  const bool flat = !config.has("axis");
  const ValueId value = flat ? add_reshape(call, call.input(), Shape{Shape::kFree}) : call.input();
  const Shape shape = call.shape(value);
  const std::size_t axis = flat ? 0 : to_axis(config.integer("axis", 0), shape.rank());
  const std::vector<std::int64_t> repeats = config.integers("repeats");
  if (repeats.size() != 1) {
    require(static_cast<std::int64_t>(repeats.size()) == shape[axis], ErrorCode::kInvalidArgument,
            "{} repeats do not fit an axis of {}", repeats.size(), shape[axis]);
    return {call.add(ops::make_take(axis, repeated_indices(repeats)), {value})};
  }
  const std::int64_t count = config.sizes("repeats", 1, 1).front();
  return {call.add(ops::make_gather({.kind = "repeat", .moves = {ops::repeat_each(axis, count)}}),
                   {value})};
}

std::vector<ValueId> tile(LayerCall& call) {
  const Shape input = call.shape(call.input());
  const std::size_t given = std::max<std::size_t>(call.config().integers("repeats").size(), 1);
  std::vector<std::int64_t> repeats = call.config().sizes("repeats", given, 1);
  const std::size_t rank = std::max(repeats.size(), input.rank());
  repeats.insert(repeats.begin(), rank - repeats.size(), 1);
  Shape aligned;
  for (std::size_t axis = input.rank(); axis < rank; ++axis) aligned.push_back(1);
  for (const std::int64_t size : input) aligned.push_back(size);
  ops::GatherAttributes attributes{.kind = "tile"};
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (repeats[axis] != 1) attributes.moves.push_back(ops::repeat_all(axis, repeats[axis]));
  }
  const ValueId value = add_reshape(call, call.input(), aligned);
  return {call.add(ops::make_gather(std::move(attributes)), {value})};
}

ops::PadMode to_pad_mode(const std::string& name) {
  if (name == "constant") return ops::PadMode::kConstant;
  if (name == "reflect") return ops::PadMode::kReflect;
  if (name == "symmetric") return ops::PadMode::kSymmetric;
  if (name == "edge") return ops::PadMode::kEdge;
  fail(ErrorCode::kUnsupported, "padding of the mode '{}' is not supported", name);
}

/// NumPy's pad_width: a number or a pair for all axes, or a pair for each.
std::vector<ops::AxisPadding> pad_width(const Json& json, std::size_t rank) {
  const auto number = [](const Json& value) {
    require(value.is_number_integer(), ErrorCode::kMalformed, "pad_width is not made of integers");
    return value.get<std::int64_t>();
  };
  const auto pair = [&](const Json& value) -> ops::AxisPadding {
    if (!value.is_array()) return {number(value), number(value)};
    require(value.size() == 1 || value.size() == 2, ErrorCode::kMalformed,
            "pad_width has an entry of {} numbers", value.size());
    return {number(value.front()), number(value.back())};
  };
  if (!json.is_array() || json.empty() || !json[0].is_array()) return {rank, pair(json)};
  if (json.size() == 1) return {rank, pair(json[0])};
  require(json.size() == rank, ErrorCode::kInvalidArgument, "pad_width has {} entries, not {}",
          json.size(), rank);
  std::vector<ops::AxisPadding> padding;
  for (const Json& entry : json) padding.push_back(pair(entry));
  return padding;
}

std::vector<ValueId> pad(LayerCall& call) {
  const Config config = call.config();
  const Json none = Json::object();
  const Config arguments(call.call() != nullptr ? call.call()->kwargs : none);
  const double value = arguments.number("constant_values", config.number("constant_values", 0.0));
  const auto padding =
      pad_width(config.json().value("pad_width", Json()), call.shape(call.input()).rank());
  return {call.add(ops::make_pad(padding, to_pad_mode(config.text("mode", "constant")), value),
                   {call.input()})};
}

}  // namespace

void register_operations_join(Registry& registry) {
  registry.add_operation("Stack", stack);
  registry.add_operation("Hstack", join_along<1>);
  registry.add_operation("Vstack", join_along<0>);
  registry.add_operation("Dstack", join_along<2>);
  registry.add_operation("Repeat", repeat);
  registry.add_operation("Tile", tile);
  registry.add_operation("Pad", pad);
}

}  // namespace weir::layers
