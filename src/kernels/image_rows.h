#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/copy_floats.h"
#include "kernels/split.h"
#include "kernels/window.h"

namespace weir::kernels {

/// Walks over the pixels of a batch of images in the order in which they lie.
class PixelCursor {
 public:
  PixelCursor(const Extent& extent, std::size_t pixel) : extent_(extent) {
    x = pixel % extent[2];
    y = pixel / extent[2] % extent[1];
    z = pixel / extent[2] / extent[1] % extent[0];
    batch = pixel / volume(extent);
  }

  void advance() {
    if (++x < extent_[2]) return;
    x = 0;
    if (++y < extent_[1]) return;
    y = 0;
    if (++z < extent_[0]) return;
    z = 0;
    ++batch;
  }

  std::size_t batch, z, y, x;

 private:
  const Extent& extent_;
};

/// Where element `tap` of the window at output position `out` lies in the input; outside it too.
inline std::ptrdiff_t input_position(const Window& window, std::size_t axis, std::size_t out,
                                     std::size_t tap) {
  return static_cast<std::ptrdiff_t>(out * window.stride[axis] + tap * window.dilation[axis]) -
         static_cast<std::ptrdiff_t>(window.pad_before[axis]);
}

/// The window's elements that lie inside the image (of `size` along the axis) at an output
/// position.
inline Range valid_taps(const Window& window, std::size_t axis, std::size_t out, std::size_t size) {
  const std::size_t start = out * window.stride[axis];
  const std::size_t step = window.dilation[axis];
  const std::size_t pad = window.pad_before[axis];
  const std::size_t begin = pad > start ? (pad - start + step - 1) / step : 0;
  const std::size_t end = size + pad > start ? (size + pad - start - 1) / step + 1 : 0;
  const std::size_t clipped = std::min(end, window.kernel[axis]);
  return {std::min(begin, clipped), clipped};
}

/// The output positions whose whole window lies inside the image.
inline Range whole_windows(const Window& window, std::size_t axis, std::size_t size) {
  const std::size_t reach = (window.kernel[axis] - 1) * window.dilation[axis];
  const std::size_t pad = window.pad_before[axis];
  const std::size_t stride = window.stride[axis];
  return {(pad + stride - 1) / stride,
          size + pad > reach ? (size + pad - reach - 1) / stride + 1 : 0};
}

inline std::ptrdiff_t signed_product(std::size_t a, std::size_t b) {
  return static_cast<std::ptrdiff_t>(a * b);
}

/// A batch of images, or of some of their channels: pixels of `channels` floats, `stride` apart.
struct ImageView {
  const float* data;
  const Extent& extent;
  std::size_t stride;
  std::size_t channels;

  /// The first channel of a pixel, which must lie inside the image.
  const float* pixel(std::size_t batch, std::ptrdiff_t z, std::ptrdiff_t y,
                     std::ptrdiff_t x) const {
    const std::size_t line =
        (batch * extent[0] + static_cast<std::size_t>(z)) * extent[1] + static_cast<std::size_t>(y);
    return data + (line * extent[2] + static_cast<std::size_t>(x)) * stride;
  }
};

/// Neighbouring pixels of a line, in part or as a whole outside the image, where they are zero.
/// More than one must lie without gaps (stride == channels).
struct PixelRun {
  std::size_t batch;
  std::ptrdiff_t z, y, x;
  std::size_t pixels;
};

/// Copies the floats [part.begin, part.begin + part.count) of the run.
struct RunPart {
  std::size_t begin;
  std::size_t count;
};

inline bool inside(std::ptrdiff_t position, std::size_t size) {
  return static_cast<std::size_t>(position) < size;
}

inline void copy_pixels(const ImageView& image, const PixelRun& run, RunPart part, float* to) {
  const auto& [depth, height, width] = image.extent;
  if (!inside(run.z, depth) || !inside(run.y, height)) {
    std::fill_n(to, part.count, 0.0F);
    return;
  }
  // The floats of the run that are inside the image: [valid_begin, valid_end).
  const auto channels = static_cast<std::ptrdiff_t>(image.channels);
  const auto length = static_cast<std::ptrdiff_t>(run.pixels) * channels;
  const std::ptrdiff_t valid_begin = std::clamp<std::ptrdiff_t>(-run.x * channels, 0, length);
  const std::ptrdiff_t valid_end =
      std::clamp((static_cast<std::ptrdiff_t>(width) - run.x) * channels, valid_begin, length);
  const auto begin = static_cast<std::ptrdiff_t>(part.begin);
  const auto end = static_cast<std::ptrdiff_t>(part.begin + part.count);
  const std::ptrdiff_t copy_begin = std::clamp(valid_begin, begin, end);
  const std::ptrdiff_t copy_end = std::clamp(valid_end, copy_begin, end);
  std::fill(to, to + (copy_begin - begin), 0.0F);
  if (copy_begin < copy_end) {
    // The pixels before the image that the run starts with are skipped with their floats.
    const std::ptrdiff_t skipped = copy_begin / channels;
    const float* from =
        image.pixel(run.batch, run.z, run.y, run.x + skipped) + (copy_begin - skipped * channels);
    copy_floats(from, static_cast<std::size_t>(copy_end - copy_begin), to + (copy_begin - begin));
  }
  std::fill(to + (copy_end - begin), to + part.count, 0.0F);
}

}  // namespace weir::kernels
