#include "layers/tensorflow_images.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/keras_operation.h"
#include "layers/operand.h"
#include "layers/shaping.h"
#include "ops/gather.h"
#include "ops/pad.h"
#include "ops/reduce.h"
#include "ops/unary.h"

/// Functions of tf.image, of batches (batch, height, width, channels).
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ReduceKind;

constexpr std::size_t kHeight = 1;
constexpr std::size_t kWidth = 2;
constexpr std::size_t kChannels = 3;

ValueId images_of(LayerCall& call) {
  const ValueId images = first_input(call);
  require(call.shape(images).rank() == 4, ErrorCode::kUnsupported,
          "images of the shape {} are not supported: give it a batch of them",
          to_string(call.shape(images)));
  return images;
}

/// TensorFlow scales whole numbers by the range of their type, which a graph does not keep.
ValueId float_images(LayerCall& call) {
  const ValueId images = images_of(call);
  require(call.type(images).dtype == DType::kFloat32, ErrorCode::kUnsupported,
          "images of whole numbers are not supported: cast them to float32 first");
  return images;
}

struct Window {
  std::int64_t top;
  std::int64_t left;
  std::int64_t height;
  std::int64_t width;
};

/// The arguments of the functions that name a box.
Window box_of(const LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  return {config.integer("offset_height", 0), config.integer("offset_width", 0),
          config.integer("target_height", 0), config.integer("target_width", 0)};
}

ValueId cropped(LayerCall& call, ValueId images, const Window& window) {
  const Shape& shape = call.shape(images);
  const auto fits = [](std::int64_t start, std::int64_t size, std::int64_t whole) {
    return start >= 0 && size > 0 && checked_add(start, size) <= whole;
  };
  require(fits(window.top, window.height, shape[kHeight]) &&
              fits(window.left, window.width, shape[kWidth]),
          ErrorCode::kInvalidArgument, "images of the shape {} do not have that part",
          to_string(shape));
  const std::array slices{ops::AxisSlice{kHeight, window.top, 1, window.height},
                          ops::AxisSlice{kWidth, window.left, 1, window.width}};
  return call.add(ops::make_slice(slices), {images});
}

/// The images at a place in larger ones of zeros.
ValueId padded(LayerCall& call, ValueId images, const Window& window) {
  const Shape& shape = call.shape(images);
  const auto around = [](std::int64_t before, std::int64_t size, std::int64_t whole) {
    const std::int64_t after = checked_add(whole, -checked_add(before, size));
    require(before >= 0 && after >= 0, ErrorCode::kInvalidArgument,
            "{} pixels at {} do not fit into {}", size, before, whole);
    return ops::AxisPadding{before, after};
  };
  std::vector<ops::AxisPadding> padding(4);
  padding[kHeight] = around(window.top, shape[kHeight], window.height);
  padding[kWidth] = around(window.left, shape[kWidth], window.width);
  return call.add(ops::make_pad(padding), {images});
}

std::vector<ValueId> crop_to_box(LayerCall& call) {
  return {cropped(call, images_of(call), box_of(call))};
}

std::vector<ValueId> pad_to_box(LayerCall& call) {
  return {padded(call, images_of(call), box_of(call))};
}

/// Around the middle of the images: what is too much goes, what is missing comes as zeros.
std::vector<ValueId> crop_or_pad(LayerCall& call) {
  const ValueId images = images_of(call);
  const Window target = box_of(call);
  const Shape& shape = call.shape(images);
  const auto half = [](std::int64_t more) { return std::max<std::int64_t>(more / 2, 0); };
  const ValueId inner =
      cropped(call, images,
              {half(shape[kHeight] - target.height), half(shape[kWidth] - target.width),
               std::min(shape[kHeight], target.height), std::min(shape[kWidth], target.width)});
  return {padded(call, inner,
                 {half(target.height - shape[kHeight]), half(target.width - shape[kWidth]),
                  target.height, target.width})};
}

std::vector<ValueId> central_crop(LayerCall& call) {
  const ValueId images = images_of(call);
  const Json settings = settings_of(call);
  const double fraction = Config(settings).number("central_fraction", 1.0);
  require(fraction > 0.0 && fraction <= 1.0, ErrorCode::kMalformed, "central_fraction is {}",
          fraction);
  const Shape& shape = call.shape(images);
  const auto start = [fraction](std::int64_t size) {
    const auto whole = static_cast<double>(size);
    return static_cast<std::int64_t>((whole - whole * fraction) / 2);
  };
  const std::int64_t top = start(shape[kHeight]);
  const std::int64_t left = start(shape[kWidth]);
  return {cropped(call, images, {top, left, shape[kHeight] - 2 * top, shape[kWidth] - 2 * left})};
}

template <std::size_t kAxis>
std::vector<ValueId> flipped(LayerCall& call) {
  return {add_flip(call, images_of(call), kAxis)};
}

ValueId turned(LayerCall& call, ValueId images) {
  return add_transpose(call, images, {0, kWidth, kHeight, kChannels});
}

std::vector<ValueId> transposed(LayerCall& call) { return {turned(call, images_of(call))}; }

/// Quarters of a circle, against the clock.
std::vector<ValueId> rotated(LayerCall& call) {
  const ValueId images = images_of(call);
  const Json settings = settings_of(call);
  const std::int64_t quarters = (Config(settings).integer("k", 1) % 4 + 4) % 4;
  if (quarters == 1) return {turned(call, add_flip(call, images, kWidth))};
  if (quarters == 2) return {add_flip(call, add_flip(call, images, kHeight), kWidth)};
  if (quarters == 3) return {add_flip(call, turned(call, images), kWidth)};
  return {images};
}

/// Whole numbers become floats but where they are only moved.
ValueId resized(LayerCall& call, ValueId images, std::int64_t height, std::int64_t width) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const Shape& shape = call.shape(images);
  if (shape[kHeight] == height && shape[kWidth] == width) return images;
  std::string method = config.text("method", "bilinear");
  std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::tolower(c); });
  const ValueId source = method == "nearest" ? images : as_float(call, images);
  return add_keras_operation(call, "Resize",
                             {{"size", {height, width}},
                              {"interpolation", method},
                              {"antialias", config.boolean("antialias", false)}},
                             {source})
      .front();
}

/// TensorFlow computes sizes in single precision.
float ratio(std::int64_t a, std::int64_t b) {
  return static_cast<float>(a) / static_cast<float>(b);
}

std::vector<ValueId> resize(LayerCall& call) {
  const ValueId images = images_of(call);
  const Json settings = settings_of(call);
  const Config config(settings);
  std::vector<std::int64_t> size = config.sizes("size", 2, 0);
  const Shape& shape = call.shape(images);
  if (config.boolean("preserve_aspect_ratio", false)) {
    const float scale = std::min(ratio(size[0], shape[kHeight]), ratio(size[1], shape[kWidth]));
    for (std::size_t i = 0; i < 2; ++i) {
      size[i] = std::lrint(scale * static_cast<float>(shape[kHeight + i]));
    }
  }
  return {resized(call, images, size[0], size[1])};
}

/// As large as fits with the same proportions, in the middle of zeros.
std::vector<ValueId> resize_with_pad(LayerCall& call) {
  const ValueId images = images_of(call);
  const Window target = box_of(call);
  require(target.height > 0 && target.width > 0, ErrorCode::kMalformed, "a target of no pixels");
  const Shape& shape = call.shape(images);
  const float shrinking =
      std::max(ratio(shape[kWidth], target.width), ratio(shape[kHeight], target.height));
  const float height = static_cast<float>(shape[kHeight]) / shrinking;
  const float width = static_cast<float>(shape[kWidth]) / shrinking;
  const auto before = [](std::int64_t whole, float part) {
    const float free = std::floor((static_cast<float>(whole) - part) / 2);
    return std::max<std::int64_t>(static_cast<std::int64_t>(free), 0);
  };
  const ValueId inner = resized(call, images, static_cast<std::int64_t>(std::floor(height)),
                                static_cast<std::int64_t>(std::floor(width)));
  return {padded(
      call, inner,
      {before(target.height, height), before(target.width, width), target.height, target.width})};
}

/// The channels of each pixel times a matrix, (channels, made).
template <std::size_t kMade>
ValueId mixed(LayerCall& call, ValueId images,
              const std::array<std::array<double, kMade>, 3>& matrix) {
  std::vector<double> values;
  for (const auto& row : matrix) values.insert(values.end(), row.begin(), row.end());
  const Operand weights = Operand::array(call.path() + "/weights", values,
                                         {3, static_cast<std::int64_t>(kMade)}, DType::kFloat32);
  return add_keras_operation(call, "Matmul", Json::object(), {images, as_value(call, weights)})
      .front();
}

std::vector<ValueId> to_gray(LayerCall& call) {
  return {mixed<1>(call, float_images(call), {{{0.2989}, {0.587}, {0.114}}})};
}

std::vector<ValueId> to_yuv(LayerCall& call) {
  return {mixed<3>(call, float_images(call),
                   {{{0.299, -0.14714119, 0.61497538},
                     {0.587, -0.28886916, -0.51496512},
                     {0.114, 0.43601035, -0.10001026}}})};
}

std::vector<ValueId> to_yiq(LayerCall& call) {
  return {mixed<3>(call, float_images(call),
                   {{{0.299, 0.59590059, 0.2115},
                     {0.587, -0.27455667, -0.52273617},
                     {0.114, -0.32134392, 0.31119955}}})};
}

std::vector<ValueId> gray_to_rgb(LayerCall& call) {
  const ValueId images = images_of(call);
  Shape shape = call.shape(images);
  require(shape[kChannels] == 1, ErrorCode::kInvalidArgument, "images have {} channels, not 1",
          shape[kChannels]);
  shape[kChannels] = 3;
  return {add_broadcast(call, images, shape)};
}

std::vector<ValueId> to_hsv(LayerCall& call) {
  return add_keras_operation(call, "RGBToHSV", Json::object(), {float_images(call)});
}

std::vector<ValueId> from_hsv(LayerCall& call) {
  return add_keras_operation(call, "HSVToRGB", Json::object(), {float_images(call)});
}

/// Less the mean of each image, by its deviation, which counts at least as that of one pixel.
std::vector<ValueId> standardized(LayerCall& call) {
  const ValueId images = as_float(call, images_of(call));
  const Shape& shape = call.shape(images);
  const auto over_image = [&](ReduceKind kind) {
    return call.add(ops::make_reduce(kind, {kHeight, kWidth, kChannels}, true), {images});
  };
  const double least = 1.0 / std::sqrt(static_cast<double>(shape.elements() / shape[0]));
  const ValueId deviation = add_binary(
      call, BinaryKind::kMaximum, over_image(ReduceKind::kStandardDeviation), Operand::real(least));
  const ValueId centred =
      add_binary(call, BinaryKind::kSubtract, images, over_image(ReduceKind::kMean));
  return {add_division(call, centred, deviation)};
}

double required_number(const LayerCall& call, std::string_view key) {
  const Json settings = settings_of(call);
  require(Config(settings).has(key), ErrorCode::kMalformed, "has no {}", key);
  return Config(settings).number(key, 0.0);
}

std::vector<ValueId> brighter(LayerCall& call) {
  return {add_affine(call, 1.0, required_number(call, "delta"), float_images(call))};
}

/// Each channel of an image spreads around its mean.
std::vector<ValueId> contrasted(LayerCall& call) {
  const ValueId images = float_images(call);
  const ValueId mean =
      call.add(ops::make_reduce(ReduceKind::kMean, {kHeight, kWidth}, true), {images});
  const ValueId distance = add_binary(call, BinaryKind::kSubtract, images, mean);
  return {add_binary(call, BinaryKind::kAdd,
                     add_affine(call, required_number(call, "contrast_factor"), 0.0, distance),
                     mean)};
}

std::vector<ValueId> gamma_corrected(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const ValueId power = add_binary(call, BinaryKind::kPower, float_images(call),
                                   Operand::real(config.number("gamma", 1.0)));
  return {add_affine(call, config.number("gain", 1.0), 0.0, power)};
}

/// One channel of hue, saturation and value changed.
template <typename Change>
ValueId with_channel(LayerCall& call, ValueId images, std::int64_t changed, Change change) {
  const ValueId colours = add_keras_operation(call, "RGBToHSV", Json::object(), {images}).front();
  std::vector<ValueId> channels;
  for (std::int64_t i = 0; i < 3; ++i) {
    const ValueId channel = add_part(call, colours, {kChannels, i, 1, 1});
    channels.push_back(i == changed ? change(channel) : channel);
  }
  const ValueId joined =
      add_keras_operation(call, "Concatenate", {{"axis", -1}}, std::move(channels)).front();
  return add_keras_operation(call, "HSVToRGB", Json::object(), {joined}).front();
}

std::vector<ValueId> saturated(LayerCall& call) {
  const double factor = required_number(call, "saturation_factor");
  return {with_channel(call, float_images(call), 1, [&](ValueId saturation) {
    return call.add(ops::make_unary(kernels::clip(0.0F, 1.0F)),
                    {add_affine(call, factor, 0.0, saturation)});
  })};
}

/// Round the circle. A hue is how the channels differ: without the least of them, none is below 0.
std::vector<ValueId> hue_shifted(LayerCall& call) {
  const double delta = required_number(call, "delta");
  const ValueId images = float_images(call);
  const ValueId least =
      call.add(ops::make_reduce(ReduceKind::kMinimum, {kChannels}, true), {images});
  const ValueId difference = add_binary(call, BinaryKind::kSubtract, images, least);
  const ValueId shifted = with_channel(call, difference, 0, [&](ValueId hue) {
    return add_binary(call, BinaryKind::kMod, add_affine(call, 1.0, delta, hue),
                      Operand::real(1.0));
  });
  return {add_binary(call, BinaryKind::kAdd, shifted, least)};
}

}  // namespace

const LowerFunctions& tensorflow_images() {
  static const LowerFunctions functions{
      {"image.adjust_brightness", brighter},
      {"image.adjust_contrast", contrasted},
      {"image.adjust_gamma", gamma_corrected},
      {"image.adjust_hue", hue_shifted},
      {"image.adjust_saturation", saturated},
      {"image.central_crop", central_crop},
      {"image.crop_to_bounding_box", crop_to_box},
      {"image.flip_left_right", flipped<kWidth>},
      {"image.flip_up_down", flipped<kHeight>},
      {"image.grayscale_to_rgb", gray_to_rgb},
      {"image.hsv_to_rgb", from_hsv},
      {"image.pad_to_bounding_box", pad_to_box},
      {"image.per_image_standardization", standardized},
      {"image.resize", resize},
      {"image.resize_with_crop_or_pad", crop_or_pad},
      {"image.resize_with_pad", resize_with_pad},
      {"image.rgb_to_grayscale", to_gray},
      {"image.rgb_to_hsv", to_hsv},
      {"image.rgb_to_yiq", to_yiq},
      {"image.rgb_to_yuv", to_yuv},
      {"image.rot90", rotated},
      {"image.transpose", transposed},
  };
  return functions;
}

}  // namespace weir::layers
