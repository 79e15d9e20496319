#pragma once

#include <cstddef>
#include <cstdint>

#include "base/thread_pool.h"

namespace weir::kernels {

/// What lies outside an image.
enum class ImageEdge : std::uint8_t {
  kConstant,
  kNearest,  ///< The pixel at the edge.
  kWrap,     ///< The image again.
  kReflect,  ///< Its mirror, the pixel at the edge twice.
};

enum class PixelSampling : std::uint8_t { kNearest, kBilinear };

/// How images are seen through transforms; the output has their size.
struct ProjectiveShape {
  std::size_t batch;
  std::size_t height;
  std::size_t width;
  std::size_t channels;
  bool one_transform;  ///< For all images, not one for each.
  PixelSampling sampling;
  ImageEdge edge;
  float fill_value;
};

/// out(x, y) is the image at ((a x + b y + c) / w, (d x + e y + f) / w), where w = g x + h y + 1
/// and a transform is the eight numbers from a to h: TensorFlow's ImageProjectiveTransformV3.
/// Images are (batch, height, width, channels). Allocates nothing.
void transform_images(const ProjectiveShape& shape, const float* images, const float* transforms,
                      float* out, const ThreadPool& pool);

}  // namespace weir::kernels
