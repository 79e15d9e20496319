#pragma once

#include "layers/layer.h"
#include "ops/resize.h"

namespace weir::layers {

/// The options that Resizing and keras.ops.image.resize share.
struct Resizing {
  ops::ResizeMethod method = ops::ResizeMethod::kBilinear;
  std::int64_t height = 0;
  std::int64_t width = 0;
  bool antialias = false;
  bool crop_to_aspect_ratio = false;
  bool pad_to_aspect_ratio = false;
  double fill_value = 0.0;
};

/// "bilinear", in any case. Throws kUnsupported for a name that is not known.
ops::ResizeMethod to_resize_method(std::string_view name);

/// All but the size, which the two spell differently.
Resizing resizing_options(const Config& config, std::int64_t height, std::int64_t width);

/// Resizes a (batch, height, width, channels) image. The result has the images' type: what
/// comes of integers is rounded.
ValueId add_resizing(LayerCall& call, ValueId images, const Resizing& options);

}  // namespace weir::layers
