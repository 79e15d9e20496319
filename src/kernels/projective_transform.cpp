#include "kernels/projective_transform.h"

#include <algorithm>
#include <cmath>

#include "kernels/parallel.h"

namespace weir::kernels {
namespace {

constexpr std::size_t kNumbers = 8;

/// Coordinates outside [0, size - 1] as TensorFlow takes them in, with its roundings.
float wrapped(float place, float size) {
  if (size <= 1.0F) return 0.0F;
  if (place < 0.0F) return place + size * (std::trunc(-place / (size - 1.0F)) + 1.0F);
  return place - size * std::trunc(place / (size - 1.0F));
}

float reflected(float place, float size) {
  if (size <= 1.0F) return 0.0F;
  const float period = 2.0F * size;
  if (place < 0.0F) {
    place = period * std::trunc(-place / period) + place;
    return place < -size ? place + period : -place - 1.0F;
  }
  place -= period * std::trunc(place / period);
  return place >= size ? period - place - 1.0F : place;
}

float taken_in(ImageEdge edge, float place, float size) {
  if (edge == ImageEdge::kConstant) return place;
  const bool is_inside = place >= 0.0F && place <= size - 1.0F;
  if (!is_inside && edge == ImageEdge::kWrap) place = wrapped(place, size);
  if (!is_inside && edge == ImageEdge::kReflect) place = reflected(place, size);
  return std::clamp(place, 0.0F, size - 1.0F);
}

/// The rows and columns of an image, and what is around it.
class Pixels {
 public:
  Pixels(const ProjectiveShape& shape, const float* image) : shape_(shape), image_(image) {}

  /// The channels of a pixel; null where there is none.
  const float* at(float y, float x) const {
    const bool is_there = y >= 0.0F && y < static_cast<float>(shape_.height) && x >= 0.0F &&
                          x < static_cast<float>(shape_.width);
    if (!is_there) return nullptr;
    return image_ + (static_cast<std::size_t>(y) * shape_.width + static_cast<std::size_t>(x)) *
                        shape_.channels;
  }

  void take_nearest(float y, float x, float* out) const {
    const float* pixel = at(std::round(y), std::round(x));
    for (std::size_t c = 0; c < shape_.channels; ++c) out[c] = channel(pixel, c);
  }

  void mix_four(float y, float x, float* out) const {
    const float top = std::floor(y);
    const float left = std::floor(x);
    const float bottom = top + 1.0F;
    const float right = left + 1.0F;
    const float* corners[] = {at(top, left), at(top, right), at(bottom, left), at(bottom, right)};
    for (std::size_t c = 0; c < shape_.channels; ++c) {
      const float above =
          (right - x) * channel(corners[0], c) + (x - left) * channel(corners[1], c);
      const float below =
          (right - x) * channel(corners[2], c) + (x - left) * channel(corners[3], c);
      out[c] = (bottom - y) * above + (y - top) * below;
    }
  }

 private:
  float channel(const float* pixel, std::size_t c) const {
    return pixel == nullptr ? shape_.fill_value : pixel[c];
  }

  const ProjectiveShape& shape_;
  const float* image_;
};

void transform_row(const ProjectiveShape& shape, const Pixels& pixels, const float* transform,
                   std::size_t row, float* out) {
  const auto y = static_cast<float>(row);
  for (std::size_t column = 0; column < shape.width; ++column, out += shape.channels) {
    const auto x = static_cast<float>(column);
    const float depth = transform[6] * x + transform[7] * y + 1.0F;
    const float from_x = (transform[0] * x + transform[1] * y + transform[2]) / depth;
    const float from_y = (transform[3] * x + transform[4] * y + transform[5]) / depth;
    if (depth == 0.0F || std::isnan(from_x) || std::isnan(from_y)) {
      std::fill_n(out, shape.channels, shape.fill_value);
      continue;
    }
    const float in_x = taken_in(shape.edge, from_x, static_cast<float>(shape.width));
    const float in_y = taken_in(shape.edge, from_y, static_cast<float>(shape.height));
    if (shape.sampling == PixelSampling::kNearest) {
      pixels.take_nearest(in_y, in_x, out);
    } else {
      pixels.mix_four(in_y, in_x, out);
    }
  }
}

}  // namespace

void transform_images(const ProjectiveShape& shape, const float* images, const float* transforms,
                      float* out, const ThreadPool& pool) {
  const std::size_t row_elements = shape.width * shape.channels;
  for_rows(pool, shape.batch * shape.height, row_elements, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t n = i / shape.height;
      const Pixels pixels(shape, images + n * shape.height * row_elements);
      const float* transform = transforms + (shape.one_transform ? 0 : n * kNumbers);
      transform_row(shape, pixels, transform, i % shape.height, out + i * row_elements);
    }
  });
}

}  // namespace weir::kernels
