#include <array>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/channels_first.h"
#include "layers/convolution.h"
#include "layers/filters.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/concat.h"
#include "ops/convolution.h"
#include "ops/gather.h"
#include "ops/pad.h"

/// Operations of keras.ops that convolve with constant kernels, or cut images into windows and put
/// them together again.
namespace weir::layers {
namespace {

/// A kernel that the call gives: (spatial…, a, b).
graph::Constant kernel_of(const LayerCall& call, std::size_t position, std::string_view name) {
  const Operand operand = operand_of(call, position, {name});
  require(!operand.value(), ErrorCode::kUnsupported,
          "a kernel that is computed is not supported, only one that is constant");
  graph::Constant kernel = operand.constant(call.path());
  require(kernel.shape.rank() >= 3 && kernel.shape.rank() <= 5, ErrorCode::kInvalidArgument,
          "a kernel has the shape {}", to_string(kernel.shape));
  return kernel;
}

/// The call's config as that of a layer, which says how large its kernel is.
Json layer_config(const LayerCall& call, const Shape& kernel) {
  Json config = call.config().json();
  const auto sizes = kernel.dims().first(kernel.rank() - 2);
  config["kernel_size"] = std::vector<std::int64_t>(sizes.begin(), sizes.end());
  // Of an average or a sum, "strides" may be null.
  if (!Config(config).has("strides")) config.erase("strides");
  return config;
}

ops::SlidingWindow window_of(const LayerCall& call, const Shape& kernel) {
  const Json config = layer_config(call, kernel);
  return read_window(Config(config), kernel.rank() - 2);
}

std::size_t axis_size(const Shape& shape, std::size_t from_the_end) {
  return static_cast<std::size_t>(shape[shape.rank() - from_the_end]);
}

/// `function` of the first input as floats with channels last.
template <typename Function>
std::vector<ValueId> with_channels_last(LayerCall& call, const Function& function) {
  const ValueId x = as_float(call, first_input(call));
  if (!call.config().channels_first()) return {function(x)};
  return {to_channels_first(call, function(to_channels_last(call, x)))};
}

ValueId add_convolution(LayerCall& call, ValueId x, graph::Constant kernel) {
  const Shape& shape = kernel.shape;
  const auto channels = static_cast<std::size_t>(call.shape(x).back());
  const std::size_t group = axis_size(shape, 2);
  require(group > 0 && channels % group == 0, ErrorCode::kInvalidArgument,
          "{} channels do not fit the kernel {}", channels, to_string(shape));
  const ops::ConvolutionAttributes attributes{window_of(call, shape), channels, axis_size(shape, 1),
                                              channels / group};
  ops::ProductTerms terms;
  terms.kernel = std::move(kernel);
  return call.add(ops::make_convolution(attributes, std::move(terms)), {x});
}

std::vector<ValueId> convolution(LayerCall& call) {
  return with_channels_last(
      call, [&](ValueId x) { return add_convolution(call, x, kernel_of(call, 1, "kernel")); });
}

/// The kernel is (spatial…, filters, channels).
std::vector<ValueId> transposed_convolution(LayerCall& call) {
  return with_channels_last(call, [&](ValueId x) {
    ops::ProductTerms terms;
    terms.kernel = kernel_of(call, 1, "kernel");
    const Shape& shape = terms.kernel.shape;
    const std::int64_t channels = call.shape(x).back();
    require(channels == shape.back(), ErrorCode::kInvalidArgument,
            "{} channels do not fit the kernel {}", channels, to_string(shape));
    const Json config = layer_config(call, shape);
    const auto attributes =
        read_transposed(Config(config), shape.rank() - 2, channels, shape[shape.rank() - 2]);
    return call.add(ops::make_convolution_transpose(attributes, std::move(terms)), {x});
  });
}

std::vector<ValueId> depthwise(LayerCall& call) {
  return with_channels_last(call, [&](ValueId x) {
    const graph::Constant kernel = kernel_of(call, 1, "kernel");
    return add_depthwise(call, x, window_of(call, kernel.shape), kernel);
  });
}

std::vector<ValueId> separable(LayerCall& call) {
  return with_channels_last(call, [&](ValueId x) {
    const graph::Constant kernel = kernel_of(call, 1, "depthwise_kernel");
    const ValueId middle = add_depthwise(call, x, window_of(call, kernel.shape), kernel);
    graph::Constant pointwise = kernel_of(call, 2, "pointwise_kernel");
    ops::ConvolutionAttributes attributes;
    attributes.window.rank = pointwise.shape.rank() - 2;
    attributes.in_channels = axis_size(pointwise.shape, 2);
    attributes.out_channels = axis_size(pointwise.shape, 1);
    ops::ProductTerms terms;
    terms.kernel = std::move(pointwise);
    return call.add(ops::make_convolution(attributes, std::move(terms)), {middle});
  });
}

/// Keras makes a kernel (width, height) of it, and reads its elements as (height, width).
std::vector<ValueId> gaussian_blur(LayerCall& call) {
  const Config config = call.config();
  const std::vector<std::int64_t> size = config.sizes("kernel_size", 2, 3);
  std::vector<double> deviations = config.numbers("sigma");
  if (deviations.empty()) deviations = {1.0};
  std::vector<double> kernel;
  for (const double y : bell_curve(size[1], deviations.back())) {
    for (const double x : bell_curve(size[0], deviations.front())) kernel.push_back(y * x);
  }
  require(call.shape(first_input(call)).rank() == 4, ErrorCode::kUnsupported,
          "blurring anything but a batch of images is not supported");
  return with_channels_last(call, [&](ValueId x) {
    return add_filters(call, x, kernel, {size[0], size[1]}, ops::PaddingMode::kSame);
  });
}

/// The slopes downwards and to the right, as a new last axis.
std::vector<ValueId> sobel_edges(LayerCall& call) {
  constexpr std::array<std::int64_t, 2> kSize{3, 3};
  const std::vector<double> kernels{-1, -1, -2, 0, -1, 1, 0, -2, 0, 0, 0, 2, 1, -1, 2, 0, 1, 1};
  ValueId x = as_float(call, first_input(call));
  require(call.shape(x).rank() == 4, ErrorCode::kInvalidArgument, "images of the shape {}",
          to_string(call.shape(x)));
  const bool first = call.config().channels_first();
  if (first) x = to_channels_last(call, x);
  const std::vector<ops::AxisPadding> margin{{0, 0}, {1, 1}, {1, 1}, {0, 0}};
  const ValueId mirrored = call.add(ops::make_pad(margin, ops::PadMode::kReflect, 0), {x});
  const ValueId slopes = add_filters(call, mirrored, kernels, kSize, ops::PaddingMode::kValid);
  Shape shape = call.shape(x);
  shape.push_back(2);
  const ValueId apart = add_reshape(call, slopes, shape);
  return {first ? add_transpose(call, apart, {0, 3, 1, 2, 4}) : apart};
}

/// How windows lie along one axis of an image, its margin included.
struct WindowAxis {
  std::int64_t size;
  std::int64_t dilation;
  std::int64_t margin;
  std::int64_t stride;
  std::int64_t extent;  ///< Of the image with its margin.
  std::int64_t count;   ///< Of windows.
};

std::array<WindowAxis, 2> window_axes(const LayerCall& call, std::int64_t height,
                                      std::int64_t width) {
  const Config config = call.config();
  const auto size = config.sizes("kernel_size", 2, 1);
  const auto dilation = config.sizes("dilation", 2, 1);
  const auto stride = config.sizes("stride", 2, 1);
  std::vector<std::int64_t> margin = config.integers("padding");
  margin.resize(2, margin.empty() ? 0 : margin.front());
  std::array<WindowAxis, 2> axes{};
  for (std::size_t i = 0; i < 2; ++i) {
    require(margin[i] >= 0 && size[i] < 64, ErrorCode::kUnsupported, "windows of {} with {} around",
            size[i], margin[i]);
    WindowAxis axis{size[i], dilation[i], margin[i], stride[i], 0, 0};
    axis.extent = checked_add(i == 0 ? height : width, checked_mul(std::int64_t{2}, margin[i]));
    const std::int64_t covered = checked_mul(size[i] - 1, dilation[i]) + 1;
    axis.count = axis.extent < covered ? 0 : (axis.extent - covered) / stride[i] + 1;
    axes[i] = axis;
  }
  return axes;
}

/// (batch, channels, height, width) to (batch, channels * places, windows).
std::vector<ValueId> unfold(LayerCall& call) {
  const ValueId x = first_input(call);
  const Shape shape = call.shape(x);
  require(shape.rank() == 4, ErrorCode::kInvalidArgument, "images of the shape {}",
          to_string(shape));
  const auto [rows, columns] = window_axes(call, shape[2], shape[3]);
  const std::vector<ops::AxisPadding> margin{
      {0, 0}, {0, 0}, {rows.margin, rows.margin}, {columns.margin, columns.margin}};
  const ValueId padded = call.add(ops::make_pad(margin, ops::PadMode::kConstant, 0), {x});
  const std::int64_t windows = checked_mul(rows.count, columns.count);
  std::vector<ValueId> places;
  for (std::int64_t row = 0; row < rows.size; ++row) {
    for (std::int64_t column = 0; column < columns.size; ++column) {
      const std::array slices{
          ops::AxisSlice{2, row * rows.dilation, rows.stride, rows.count},
          ops::AxisSlice{3, column * columns.dilation, columns.stride, columns.count}};
      const ValueId place = call.add(ops::make_slice(slices), {padded});
      places.push_back(add_reshape(call, place, {shape[0], shape[1], 1, windows}));
    }
  }
  const auto count = static_cast<std::int64_t>(places.size());
  const ValueId all = call.add(ops::make_concat(2), std::move(places));
  return {add_reshape(call, all, {shape[0], checked_mul(shape[1], count), windows})};
}

/// Position i of the windows' axis goes to where place `place` of window i is in the image.
ops::AxisMove spread(std::size_t axis, const WindowAxis& windows, std::int64_t place) {
  const std::int64_t first = place * windows.dilation;
  return {axis, [windows](std::int64_t) { return windows.extent; },
          [windows, first](std::int64_t, std::int64_t out) {
            const std::int64_t distance = out - first;
            const bool is_there = distance >= 0 && distance % windows.stride == 0 &&
                                  distance / windows.stride < windows.count;
            return is_there ? distance / windows.stride : ops::AxisMove::kFill;
          }};
}

/// The way back: what lies on the same pixel is summed.
std::vector<ValueId> fold(LayerCall& call) {
  const ValueId x = as_float(call, first_input(call));
  const Shape shape = call.shape(x);
  const auto size = call.config().sizes("output_size", 2, 1);
  const auto [rows, columns] = window_axes(call, size[0], size[1]);
  const std::int64_t places = rows.size * columns.size;
  require(shape.rank() == 3 && shape[1] % places == 0 &&
              shape[2] == checked_mul(rows.count, columns.count),
          ErrorCode::kInvalidArgument, "windows of the shape {}", to_string(shape));
  const std::int64_t channels = shape[1] / places;
  const ValueId apart =
      add_reshape(call, x, {shape[0], channels, places, rows.count, columns.count});
  std::optional<ValueId> sum;
  for (std::int64_t place = 0; place < places; ++place) {
    const ValueId one = add_reshape(call, add_part(call, apart, {2, place, 1, 1}),
                                    {shape[0], channels, rows.count, columns.count});
    ops::GatherAttributes attributes{.kind = "spread"};
    attributes.moves = {spread(2, rows, place / columns.size),
                        spread(3, columns, place % columns.size)};
    const ValueId image = call.add(ops::make_gather(std::move(attributes)), {one});
    sum = sum ? add_binary(call, kernels::BinaryKind::kAdd, *sum, image) : image;
  }
  const std::array slices{ops::AxisSlice{2, rows.margin, 1, size[0]},
                          ops::AxisSlice{3, columns.margin, 1, size[1]}};
  return {call.add(ops::make_slice(slices), {*sum})};
}

}  // namespace

void register_operations_convolve(Registry& registry) {
  registry.add_operation("Conv", convolution);
  registry.add_operation("ConvTranspose", transposed_convolution);
  registry.add_operation("DepthwiseConv", depthwise);
  registry.add_operation("SeparableConv", separable);
  registry.add_operation("GaussianBlur", gaussian_blur);
  registry.add_operation("SobelEdges", sobel_edges);
  registry.add_operation("Unfold", unfold);
  registry.add_operation("Fold", fold);
}

}  // namespace weir::layers
