#include "layers/resizing.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/operand.h"
#include "ops/gather.h"
#include "ops/pad.h"
#include "ops/unary.h"

namespace weir::layers {
namespace {

/// a * b / c, cut to an integer, in float32 as Keras computes it.
std::int64_t scaled(std::int64_t a, std::int64_t b, std::int64_t c) {
  return static_cast<std::int64_t>(static_cast<float>(a * b) / static_cast<float>(c));
}

void require_images(const Shape& shape) {
  constexpr std::int64_t kLargest = 1 << 24;  // products of two sides fit, and floats are exact
  require(shape.rank() == 4, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected a batch of images", to_string(shape));
  require(shape[1] > 0 && shape[2] > 0 && shape[1] < kLargest && shape[2] < kLargest,
          ErrorCode::kUnsupported, "images of {} x {} pixels cannot be resized", shape[1],
          shape[2]);
}

/// The largest window in the middle that has the target's aspect ratio.
ValueId crop_to_aspect(LayerCall& call, ValueId images, const Resizing& to) {
  const std::int64_t height = call.shape(images)[1];
  const std::int64_t width = call.shape(images)[2];
  const std::int64_t crop_height =
      std::max<std::int64_t>(std::min(height, scaled(width, to.height, to.width)), 1);
  const std::int64_t crop_width =
      std::max<std::int64_t>(std::min(width, scaled(height, to.width, to.height)), 1);
  if (crop_height == height && crop_width == width) return images;
  const std::array<ops::AxisSlice, 2> window{{{1, (height - crop_height) / 2, 1, crop_height},
                                              {2, (width - crop_width) / 2, 1, crop_width}}};
  return call.add(ops::make_slice(window), {images});
}

/// The same amount on both sides, so that an odd one is a pixel short, as in Keras.
ValueId pad_to_aspect(LayerCall& call, ValueId images, const Resizing& to) {
  const std::int64_t height = call.shape(images)[1];
  const std::int64_t width = call.shape(images)[2];
  const std::int64_t above = (std::max(height, scaled(width, to.height, to.width)) - height) / 2;
  const std::int64_t left = (std::max(width, scaled(height, to.width, to.height)) - width) / 2;
  if (above == 0 && left == 0) return images;
  return call.add(
      ops::make_pad({{}, {above, above}, {left, left}, {}}, ops::PadMode::kConstant, to.fill_value),
      {images});
}

}  // namespace

ops::ResizeMethod to_resize_method(std::string_view name) {
  using ops::ResizeMethod;
  constexpr std::array<std::pair<std::string_view, ResizeMethod>, 8> kMethods{{
      {"nearest", ResizeMethod::kNearest},
      {"bilinear", ResizeMethod::kBilinear},
      {"bicubic", ResizeMethod::kBicubic},
      {"lanczos3", ResizeMethod::kLanczos3},
      {"lanczos5", ResizeMethod::kLanczos5},
      {"area", ResizeMethod::kArea},
      {"gaussian", ResizeMethod::kGaussian},
      {"mitchellcubic", ResizeMethod::kMitchellCubic},
  }};
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* known =
      std::ranges::find(kMethods, lower, [](const auto& entry) { return entry.first; });
  require(known != kMethods.end(), ErrorCode::kUnsupported, "interpolation '{}' is not supported",
          name);
  return known->second;
}

Resizing resizing_options(const Config& config, std::int64_t height, std::int64_t width) {
  Resizing options;
  options.method = to_resize_method(config.text("interpolation", "bilinear"));
  options.height = height;
  options.width = width;
  options.antialias = config.boolean("antialias", false);
  options.crop_to_aspect_ratio = config.boolean("crop_to_aspect_ratio", false);
  options.pad_to_aspect_ratio = config.boolean("pad_to_aspect_ratio", false);
  options.fill_value = config.number("fill_value", 0.0);
  const std::string mode = config.text("fill_mode", "constant");
  require(mode == "constant", ErrorCode::kUnsupported, "fill_mode '{}' is not supported", mode);
  return options;
}

ValueId add_resizing(LayerCall& call, ValueId images, const Resizing& options) {
  require_images(call.shape(images));
  if (options.crop_to_aspect_ratio) images = crop_to_aspect(call, images, options);
  if (options.pad_to_aspect_ratio) images = pad_to_aspect(call, images, options);
  const DType dtype = call.type(images).dtype;
  const auto resize =
      ops::make_resize(options.method, options.height, options.width, options.antialias);
  if (dtype == DType::kFloat32 || options.method == ops::ResizeMethod::kNearest) {
    return call.add(resize, {images});
  }
  const ValueId resized = call.add(resize, {as_float(call, images)});
  const ValueId rounded = call.add(ops::make_unary({kernels::UnaryKind::kRound}), {resized});
  return add_cast(call, dtype, rounded);
}

}  // namespace weir::layers
