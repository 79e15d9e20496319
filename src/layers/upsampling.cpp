#include "base/checked.h"
#include "layers/channels_first.h"
#include "layers/registry.h"
#include "layers/resizing.h"
#include "ops/gather.h"

namespace weir::layers {
namespace {

/// Repeats each position of the spatial axes, in whichever layout.
ValueId repeat_positions(LayerCall& call, const std::vector<std::int64_t>& sizes) {
  ops::GatherAttributes attributes{.kind = "repeat"};
  const std::size_t first = call.config().channels_first() ? 2 : 1;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    attributes.moves.push_back(ops::repeat_each(first + i, sizes[i]));
  }
  return call.add(ops::make_gather(std::move(attributes)), {call.input()});
}

template <std::size_t kRank>
std::vector<ValueId> upsampling(LayerCall& call) {
  const Config config = call.config();
  const Shape shape = call.shape(call.input());
  require(shape.rank() == kRank + 2, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected {} axes", to_string(shape), kRank + 2);
  const std::vector<std::int64_t> sizes = config.sizes("size", kRank, 2);
  const auto method = to_resize_method(config.text("interpolation", "nearest"));
  if (kRank != 2 || method == ops::ResizeMethod::kNearest) return {repeat_positions(call, sizes)};

  const bool channels_first = config.channels_first();
  const ValueId images = channels_first ? to_channels_last(call, call.input()) : call.input();
  Resizing options;
  options.method = method;
  options.height = checked_mul(call.shape(images)[1], sizes[0]);
  options.width = checked_mul(call.shape(images)[2], sizes[kRank - 1]);
  const ValueId resized = add_resizing(call, images, options);
  return {channels_first ? to_channels_first(call, resized) : resized};
}

}  // namespace

void register_upsampling(Registry& registry) {
  registry.add_layer("UpSampling1D", upsampling<1>);
  registry.add_layer("UpSampling2D", upsampling<2>);
  registry.add_layer("UpSampling3D", upsampling<3>);
}

}  // namespace weir::layers
