#include <algorithm>

#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/channels_first.h"
#include "layers/image_batch.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/resizing.h"
#include "ops/gather.h"
#include "ops/reduce.h"
#include "ops/tile_equalization.h"
#include "ops/unary.h"

namespace weir::layers {
namespace {

struct ImageSize {
  std::int64_t height;
  std::int64_t width;
};

ImageSize config_size(const Config& config) {
  return {config.sizes("height", 1, 0).front(), config.sizes("width", 1, 0).front()};
}

/// Runs `body` on the images, as floats with channels last; its result is in the layer's layout.
template <typename Body>
std::vector<ValueId> on_channels_last(LayerCall& call, const Body& body) {
  const ValueId images = as_float(call, call.input());
  if (!call.config().channels_first()) return {body(images)};
  return {to_channels_first(call, body(to_channels_last(call, images)))};
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
  const Shape shape = call.shape(images);
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
  if (!call.keras2()) return {as_float(call, call.input())};
  const ImageSize size = config_size(call.config());
  return on_channels_last(call, [&](ValueId images) { return smart_resize(call, images, size); });
}

/// Stretches each channel of each image to the whole range of values; one that is flat stays.
std::vector<ValueId> auto_contrast(LayerCall& call) {
  using kernels::BinaryKind;
  const ValueId images = as_float(call, call.input());
  std::vector<double> range = call.config().numbers("value_range");
  if (range.empty()) range = {0.0, 255.0};
  std::ranges::sort(range);
  require(range.size() == 2 && range[0] < range[1], ErrorCode::kMalformed,
          "value_range is not a range");
  const double unit = 255.0 / (range[1] - range[0]);

  const ValueId scaled = add_affine(call, unit, -range[0] * unit, images);
  const auto extreme = [&](kernels::ReduceKind kind) {
    return call.add(ops::make_reduce(kind, {1, 2}, true), {scaled});
  };
  const ValueId low = extreme(kernels::ReduceKind::kMinimum);
  const ValueId high = extreme(kernels::ReduceKind::kMaximum);
  const ValueId scale = add_division(call, Operand::number(255.0, false),
                                     add_binary(call, BinaryKind::kSubtract, high, low));
  const ValueId offset = add_binary(call, BinaryKind::kMultiply, low, scale);
  const ValueId stretched = add_binary(
      call, BinaryKind::kSubtract, add_binary(call, BinaryKind::kMultiply, scaled, scale), offset);
  const ValueId clipped =
      call.add(ops::make_unary({kernels::UnaryKind::kClip, 0.0F, 255.0F}), {stretched});
  const ValueId flat = add_comparison(call, kernels::ComparisonKind::kEqual, high, low);
  return {add_select(call, flat, images, add_affine(call, 1.0 / unit, range[0], clipped))};
}

/// Contrast limited adaptive histogram equalization, whose result has the images' type.
std::vector<ValueId> equalize_adaptively(LayerCall& call) {
  const Config config = call.config();
  const std::vector<std::int64_t> tiles = config.sizes("tile_grid_size", 2, 8);
  std::vector<double> range = config.numbers("value_range");
  if (range.empty()) range = {0.0, 255.0};
  require(range.size() == 2, ErrorCode::kMalformed, "value_range is not a range");
  const auto equalization = ops::make_tile_equalization(
      {static_cast<std::size_t>(tiles[0]), static_cast<std::size_t>(tiles[1]),
       config.number("clip_limit", 4.0), static_cast<float>(range[0]),
       static_cast<float>(range[1])});
  const DType dtype = call.type(call.input()).dtype;
  const ImageBatch batch = to_image_batch(call, as_float(call, call.input()));
  const ValueId equalized = call.add(equalization, {batch.images});
  return {add_cast(call, dtype, as_given(call, batch, equalized))};
}

}  // namespace

void register_image(Registry& registry) {
  registry.add_layer("Resizing", resizing);
  registry.add_layer("CenterCrop", center_crop);
  registry.add_layer("RandomCrop", random_crop);
  registry.add_layer("AutoContrast", auto_contrast);
  registry.add_layer("ContrastLimitedAdaptiveHistogramEqualization", equalize_adaptively);
}

}  // namespace weir::layers
