#include <array>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/concat.h"
#include "ops/pad.h"

/// Operations of keras.ops that move blocks of pixels into the channels and back.
namespace weir::layers {
namespace {

/// The axes of a batch of images, whatever their data format.
struct ImageAxes {
  std::size_t height;
  std::size_t width;
  std::size_t channels;
};

ImageAxes image_axes(const LayerCall& call, ValueId x) {
  require(call.shape(x).rank() == 4, ErrorCode::kUnsupported,
          "images of the shape {} are not supported, only batches of them",
          to_string(call.shape(x)));
  return call.config().channels_first() ? ImageAxes{2, 3, 1} : ImageAxes{1, 2, 3};
}

std::int64_t block_size(const LayerCall& call) {
  const std::int64_t size = call.config().integer("block_size", 0);
  require(size > 0, ErrorCode::kMalformed, "the block size {} is not positive", size);
  return size;
}

/// As one image with channels last and back, so that blocks are cut in one way.
template <typename Function>
ValueId with_channels_last(LayerCall& call, ValueId x, const Function& function) {
  const bool first = image_axes(call, x).channels == 1;
  if (first) x = add_transpose(call, x, {0, 2, 3, 1});
  const ValueId y = function(x);
  return first ? add_transpose(call, y, {0, 3, 1, 2}) : y;
}

std::vector<ValueId> depth_to_space(LayerCall& call) {
  const std::int64_t block = block_size(call);
  return {with_channels_last(call, first_input(call), [&](ValueId x) {
    const Shape shape = call.shape(x);
    require(shape[3] % checked_mul(block, block) == 0, ErrorCode::kInvalidArgument,
            "{} channels are not blocks of {} x {}", shape[3], block, block);
    const std::int64_t channels = shape[3] / (block * block);
    const ValueId apart =
        add_reshape(call, x, {shape[0], shape[1], shape[2], block, block, channels});
    return add_reshape(call, add_transpose(call, apart, {0, 1, 3, 2, 4, 5}),
                       {shape[0], shape[1] * block, shape[2] * block, channels});
  })};
}

std::vector<ValueId> space_to_depth(LayerCall& call) {
  const std::int64_t block = block_size(call);
  return {with_channels_last(call, first_input(call), [&](ValueId x) {
    const Shape shape = call.shape(x);
    require(shape[1] % block == 0 && shape[2] % block == 0, ErrorCode::kInvalidArgument,
            "an image of {} x {} is not blocks of {}", shape[1], shape[2], block);
    const std::int64_t rows = shape[1] / block;
    const std::int64_t columns = shape[2] / block;
    const ValueId apart = add_reshape(call, x, {shape[0], rows, block, columns, block, shape[3]});
    return add_reshape(call, add_transpose(call, apart, {0, 1, 3, 2, 4, 5}),
                       {shape[0], rows, columns, checked_mul(block * block, shape[3])});
  })};
}

/// How patches lie along one axis.
struct PatchAxis {
  std::int64_t size = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t before = 0;
  std::int64_t after = 0;
  std::int64_t count = 0;
};

PatchAxis patch_axis(std::int64_t extent, std::int64_t size, std::int64_t stride,
                     std::int64_t dilation, bool same) {
  PatchAxis axis{size, stride, dilation};
  const std::int64_t covered = checked_mul(size - 1, dilation) + 1;
  if (same) {
    axis.count = (extent + stride - 1) / stride;
    const std::int64_t missing = std::max<std::int64_t>(
        0, checked_add(checked_mul(axis.count - 1, stride), covered) - extent);
    axis.before = missing / 2;
    axis.after = missing - axis.before;
  } else {
    axis.count = extent < covered ? 0 : (extent - covered) / stride + 1;
  }
  return axis;
}

/// Each place of a patch is a slice of the image; together they are the channels.
ValueId add_patches(LayerCall& call, ValueId x) {
  const Config config = call.config();
  const std::string padding = config.text("padding", "valid");
  require(padding == "valid" || padding == "same", ErrorCode::kMalformed, "the padding is '{}'",
          padding);
  const std::vector<std::int64_t> size = config.sizes("size", 2, 1);
  const std::vector<std::int64_t> stride =
      config.has("strides") ? config.sizes("strides", 2, 1) : size;
  const std::vector<std::int64_t> dilation = config.sizes("dilation_rate", 2, 1);
  constexpr std::int64_t kMostPlaces = 1 << 12;
  require(checked_mul(size[0], size[1]) <= kMostPlaces, ErrorCode::kUnsupported,
          "patches of {} x {} are not supported", size[0], size[1]);
  std::array<PatchAxis, 2> axes;
  for (std::size_t i = 0; i < 2; ++i) {
    axes[i] = patch_axis(call.shape(x)[i + 1], size[i], stride[i], dilation[i], padding == "same");
  }
  const std::vector<ops::AxisPadding> margin{
      {0, 0}, {axes[0].before, axes[0].after}, {axes[1].before, axes[1].after}, {0, 0}};
  const ValueId padded = call.add(ops::make_pad(margin, ops::PadMode::kConstant, 0), {x});
  std::vector<ValueId> places;
  for (std::int64_t row = 0; row < size[0]; ++row) {
    for (std::int64_t column = 0; column < size[1]; ++column) {
      const std::array slices{ops::AxisSlice{1, row * dilation[0], stride[0], axes[0].count},
                              ops::AxisSlice{2, column * dilation[1], stride[1], axes[1].count}};
      places.push_back(call.add(ops::make_slice(slices), {padded}));
    }
  }
  return places.size() == 1 ? places.front() : call.add(ops::make_concat(3), std::move(places));
}

std::vector<ValueId> extract_patches(LayerCall& call) {
  return {
      with_channels_last(call, first_input(call), [&](ValueId x) { return add_patches(call, x); })};
}

}  // namespace

void register_operations_blocks(Registry& registry) {
  registry.add_operation("DepthToSpace", depth_to_space);
  registry.add_operation("SpaceToDepth", space_to_depth);
  registry.add_operation("ExtractPatches", extract_patches);
}

}  // namespace weir::layers
