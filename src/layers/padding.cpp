#include "base/checked.h"
#include "layers/registry.h"
#include "ops/gather.h"
#include "ops/pad.h"

namespace weir::layers {
namespace {

using ops::AxisPadding;

AxisPadding to_pair(std::string_view key, const Json& json) {
  const Json& before = json.is_array() && json.size() == 2 ? json[0] : json;
  const Json& after = json.is_array() && json.size() == 2 ? json[1] : json;
  require(before.is_number_integer() && after.is_number_integer(), ErrorCode::kMalformed,
          "config key '{}' is not made of numbers or pairs of them", key);
  const AxisPadding pair{before.get<std::int64_t>(), after.get<std::int64_t>()};
  require(pair.before >= 0 && pair.after >= 0, ErrorCode::kMalformed,
          "config key '{}' has a negative number", key);
  return pair;
}

/// The amounts before and after each of the `rank` spatial axes: Keras gives one number for all of
/// them, or one number or pair for each.
std::vector<AxisPadding> spatial_amounts(const Config& config, std::string_view key,
                                         std::size_t rank) {
  const Json value = config.json().value(key, Json(1));
  if (!value.is_array() || rank == 1) return std::vector(rank, to_pair(key, value));
  require(value.size() == rank, ErrorCode::kMalformed, "config key '{}' has {} entries, not {}",
          key, value.size(), rank);
  std::vector<AxisPadding> amounts;
  for (const Json& pair : value) amounts.push_back(to_pair(key, pair));
  return amounts;
}

/// The amounts for all axes of the input, batch and channels included.
template <std::size_t kRank>
std::vector<AxisPadding> all_amounts(const LayerCall& call, std::string_view key) {
  const Shape shape = call.shape(call.input());
  require(shape.rank() == kRank + 2, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected {} axes", to_string(shape), kRank + 2);
  std::vector<AxisPadding> amounts = spatial_amounts(call.config(), key, kRank);
  amounts.insert(amounts.begin(), AxisPadding{});
  amounts.insert(call.config().channels_first() ? amounts.begin() : amounts.end(), AxisPadding{});
  return amounts;
}

template <std::size_t kRank>
std::vector<ValueId> zero_padding(LayerCall& call) {
  return {call.add(ops::make_pad(all_amounts<kRank>(call, "padding")), {call.input()})};
}

template <std::size_t kRank>
std::vector<ValueId> cropping(LayerCall& call) {
  const std::vector<AxisPadding> amounts = all_amounts<kRank>(call, "cropping");
  const Shape shape = call.shape(call.input());
  std::vector<ops::AxisSlice> slices;
  for (std::size_t axis = 0; axis < amounts.size(); ++axis) {
    const auto [before, after] = amounts[axis];
    const std::int64_t cropped = checked_add(before, after);
    require(cropped == 0 || cropped < shape[axis], ErrorCode::kInvalidArgument,
            "cropping by ({}, {}) leaves nothing of an axis of {}", before, after, shape[axis]);
    if (cropped != 0) slices.push_back({axis, before, 1, shape[axis] - cropped});
  }
  return {call.add(ops::make_slice(slices), {call.input()})};
}

}  // namespace

void register_padding(Registry& registry) {
  registry.add_layer("ZeroPadding1D", zero_padding<1>);
  registry.add_layer("ZeroPadding2D", zero_padding<2>);
  registry.add_layer("ZeroPadding3D", zero_padding<3>);
  registry.add_layer("Cropping1D", cropping<1>);
  registry.add_layer("Cropping2D", cropping<2>);
  registry.add_layer("Cropping3D", cropping<3>);
}

}  // namespace weir::layers
