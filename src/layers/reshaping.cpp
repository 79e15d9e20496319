#include "base/checked.h"
#include "base/fail.h"
#include "layers/channels_first.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/gather.h"

namespace weir::layers {
namespace {

std::vector<ValueId> flatten(LayerCall& call) {
  const bool moves = call.config().channels_first() && call.shape(call.input()).rank() > 2;
  const ValueId input = moves ? to_channels_last(call, call.input()) : call.input();
  const Shape shape = call.shape(input);
  std::int64_t features = 1;
  for (const std::int64_t size : shape.dims().subspan(1)) features = checked_mul(features, size);
  return {add_reshape(call, input, {shape[0], features})};
}

std::vector<ValueId> reshape(LayerCall& call) {
  Shape target{call.shape(call.input())[0]};
  for (const std::int64_t size : call.config().integers("target_shape")) target.push_back(size);
  return {add_reshape(call, call.input(), target)};
}

std::vector<ValueId> permute(LayerCall& call) {
  std::vector<std::size_t> permutation = {0};
  for (const std::size_t axis : to_axes(call.config(), "dims", call.shape(call.input()).rank())) {
    permutation.push_back(axis);
  }
  return {add_transpose(call, call.input(), std::move(permutation))};
}

std::vector<ValueId> repeat_vector(LayerCall& call) {
  const Shape shape = call.shape(call.input());
  require(shape.rank() == 2, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected 2 axes", to_string(shape));
  const ValueId steps = add_reshape(call, call.input(), {shape[0], 1, shape[1]});
  const std::int64_t count = call.config().sizes("n", 1, 1).front();
  return {call.add(ops::make_gather({.kind = "repeat", .moves = {ops::repeat_all(1, count)}}),
                   {steps})};
}

}  // namespace

void register_reshaping(Registry& registry) {
  registry.add_layer("Flatten", flatten);
  registry.add_layer("Reshape", reshape);
  registry.add_layer("Permute", permute);
  registry.add_layer("RepeatVector", repeat_vector);
}

}  // namespace weir::layers
