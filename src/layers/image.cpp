#include "base/fail.h"
#include "layers/channels_first.h"
#include "layers/registry.h"
#include "layers/resizing.h"
#include "ops/gather.h"

namespace weir::layers {
namespace {

struct ImageSize {
  std::int64_t height;
  std::int64_t width;
};

ImageSize config_size(const Config& config) {
  return {config.sizes("height", 1, 0).front(), config.sizes("width", 1, 0).front()};
}

/// Runs `body` on the images with channels last, and gives its result in the layer's layout.
template <typename Body>
std::vector<ValueId> on_channels_last(LayerCall& call, const Body& body) {
  if (!call.config().channels_first()) return {body(call.input())};
  return {to_channels_first(call, body(to_channels_last(call, call.input())))};
}

std::vector<ValueId> resizing(LayerCall& call) {
  const auto [height, width] = config_size(call.config());
  const Resizing options = resizing_options(call.config(), height, width);
  return on_channels_last(call,
                          [&](ValueId images) { return add_resizing(call, images, options); });
}

/// Keras's smart_resize: the largest window of the target's aspect ratio, resized.
ValueId smart_resize(LayerCall& call, ValueId images, const ImageSize& size) {
  Resizing options;
  options.height = size.height;
  options.width = size.width;
  options.crop_to_aspect_ratio = true;
  return add_resizing(call, images, options);
}

ValueId crop_center(LayerCall& call, ValueId images, const ImageSize& size) {
  const Shape& shape = call.shape(images);
  require(shape.rank() == 4, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected a batch of images", to_string(shape));
  if (shape[1] < size.height || shape[2] < size.width) return smart_resize(call, images, size);
  const ops::AxisSlice window[] = {{1, (shape[1] - size.height) / 2, 1, size.height},
                                   {2, (shape[2] - size.width) / 2, 1, size.width}};
  return call.add(ops::make_slice(window), {images});
}

std::vector<ValueId> center_crop(LayerCall& call) {
  const ImageSize size = config_size(call.config());
  return on_channels_last(call, [&](ValueId images) { return crop_center(call, images, size); });
}

/// When predicting, Keras 2 resizes to the wanted size; Keras 3 leaves the images alone.
std::vector<ValueId> random_crop(LayerCall& call) {
  if (!call.keras2()) return {call.input()};
  const ImageSize size = config_size(call.config());
  return on_channels_last(call, [&](ValueId images) { return smart_resize(call, images, size); });
}

}  // namespace

void register_image(Registry& registry) {
  registry.add_layer("Resizing", resizing);
  registry.add_layer("CenterCrop", center_crop);
  registry.add_layer("RandomCrop", random_crop);
}

}  // namespace weir::layers
