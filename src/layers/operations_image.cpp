#include <numeric>

#include "base/checked.h"
#include "layers/as_float.h"
#include "layers/channels_first.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/resizing.h"
#include "layers/shaping.h"
#include "ops/gather.h"
#include "ops/pad.h"
#include "ops/reduce.h"

/// Operations of keras.ops.image, and one_hot.
namespace weir::layers {
namespace {

std::vector<ValueId> resize(LayerCall& call) {
  const Config config = call.config();
  const std::vector<std::int64_t> size = config.sizes("size", 2, 0);
  const Resizing options = resizing_options(config, size[0], size[1]);
  if (!config.channels_first()) return {add_resizing(call, call.input(), options)};
  const ValueId images = to_channels_last(call, call.input());
  return {to_channels_first(call, add_resizing(call, images, options))};
}

/// What goes, or comes, before and after one axis. Keras gives two of these amounts and the size
/// that is left, or just the amounts. `sign` is 1 when they come and -1 when they go.
ops::AxisPadding edge_amounts(const Config& config, const std::string& before,
                              const std::string& after, const std::string& target,
                              std::int64_t size, std::int64_t sign) {
  const std::int64_t change =
      config.has(target) ? checked_mul(sign, checked_add(config.integer(target, 0), -size)) : 0;
  const std::int64_t first = config.has(before) ? config.integer(before, 0)
                                                : checked_add(change, -config.integer(after, 0));
  const std::int64_t last =
      config.has(after) ? config.integer(after, 0) : checked_add(change, -first);
  require(first >= 0 && last >= 0, ErrorCode::kInvalidArgument,
          "an axis of {} cannot change by ({}, {})", size, first, last);
  return {first, last};
}

struct ImageEdges {
  std::size_t height_axis;
  ops::AxisPadding height;
  ops::AxisPadding width;
};

ImageEdges image_edges(const LayerCall& call, const std::string& suffix, std::int64_t sign) {
  const Config config = call.config();
  const Shape shape = call.shape(call.input());
  require(shape.rank() == 4, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected a batch of images", to_string(shape));
  const std::size_t axis = config.channels_first() ? 2 : 1;
  return {
      axis,
      edge_amounts(config, "top" + suffix, "bottom" + suffix, "target_height", shape[axis], sign),
      edge_amounts(config, "left" + suffix, "right" + suffix, "target_width", shape[axis + 1],
                   sign)};
}

std::vector<ValueId> crop_images(LayerCall& call) {
  const auto [axis, height, width] = image_edges(call, "_cropping", -1);
  const Shape shape = call.shape(call.input());
  const ops::AxisSlice window[] = {
      {axis, height.before, 1, shape[axis] - checked_add(height.before, height.after)},
      {axis + 1, width.before, 1, shape[axis + 1] - checked_add(width.before, width.after)}};
  return {call.add(ops::make_slice(window), {call.input()})};
}

std::vector<ValueId> pad_images(LayerCall& call) {
  const auto [axis, height, width] = image_edges(call, "_padding", 1);
  std::vector<ops::AxisPadding> padding(4);
  padding[axis] = height;
  padding[axis + 1] = width;
  return {call.add(ops::make_pad(padding), {call.input()})};
}

std::vector<ValueId> rgb_to_grayscale(LayerCall& call) {
  const Shape shape = call.shape(call.input());
  require(shape.rank() == 4, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected a batch of images", to_string(shape));
  const std::size_t axis = call.config().channels_first() ? 1 : 3;
  if (shape[axis] == 1) return {call.input()};
  Shape channels{1, 1, 1, 1};
  channels[axis] = 3;
  const Operand weights =
      Operand::array(call.path() + "/weights", {0.2989, 0.5870, 0.1140}, channels, DType::kFloat32);
  const ValueId weighted =
      add_binary(call, kernels::BinaryKind::kMultiply, as_float(call, call.input()), weights);
  const ValueId gray =
      call.add(ops::make_reduce(kernels::ReduceKind::kSum, {axis}, true), {weighted});
  return {add_cast(call, call.type(call.input()).dtype, gray)};
}

/// Like TensorFlow, a row of zeros for what is no class.
std::vector<ValueId> one_hot(LayerCall& call) {
  const Config config = call.config();
  const Shape shape = call.shape(call.input());
  const std::int64_t count = config.sizes("num_classes", 1, 0).front();
  constexpr std::int64_t kMost = 1 << 24;
  require(count <= kMost, ErrorCode::kUnsupported, "{} classes are too many", count);
  std::vector<double> classes(static_cast<std::size_t>(count));
  std::iota(classes.begin(), classes.end(), 0.0);

  Shape column = shape;
  column.push_back(1);
  const ValueId index = add_reshape(call, call.input(), column);
  const ValueId equal = add_comparison(
      call, kernels::ComparisonKind::kEqual, index,
      Operand::array(call.path() + "/classes", classes, {count}, call.type(index).dtype));
  const std::string dtype = config.text("dtype", "float32");
  const ValueId hot = add_cast(call,
                               dtype == "bool"              ? DType::kBool
                               : dtype.starts_with("float") ? DType::kFloat32
                                                            : DType::kInt32,
                               equal);
  const std::size_t axis = to_axis(config.integer("axis", -1), column.rank());
  std::vector<std::size_t> permutation(shape.rank());
  std::iota(permutation.begin(), permutation.end(), 0);
  permutation.insert(permutation.begin() + static_cast<std::ptrdiff_t>(axis), shape.rank());
  return {add_transpose(call, hot, std::move(permutation))};
}

}  // namespace

void register_operations_image(Registry& registry) {
  registry.add_operation("Resize", resize);
  registry.add_operation("CropImages", crop_images);
  registry.add_operation("PadImages", pad_images);
  registry.add_operation("RGBToGrayscale", rgb_to_grayscale);
  registry.add_operation("OneHot", one_hot);
}

}  // namespace weir::layers
