#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "graph/operation.h"
#include "kernels/window.h"

namespace weir::ops {

/// Keras's `padding`, for all spatial axes.
enum class PaddingMode {
  kValid,
  kSame,    ///< As many zeros as give ceil(size / stride) outputs; the odd one goes after.
  kCausal,  ///< All zeros before, so that no output sees a later input.
};

/// A window that slides over the spatial axes of a (batch, spatial…, channels) tensor, with 1 to 3
/// spatial axes. Extents of fewer axes have 1 (or 0, the zeros) in the leading places.
struct SlidingWindow {
  std::size_t rank = 2;
  kernels::Extent kernel = kernels::kOnes;
  kernels::Extent stride = kernels::kOnes;
  kernels::Extent dilation = kernels::kOnes;
  PaddingMode padding = PaddingMode::kValid;
  /// Zeros around the image before `padding` applies: a folded ZeroPadding.
  kernels::Extent zeros_before = {0, 0, 0};
  kernels::Extent zeros_after = {0, 0, 0};

  /// From the first to the last element of the kernel along an axis, what dilation skips included.
  std::size_t extent(std::size_t axis) const;
};

/// `sizes` (at most 3, all positive) as an extent.
kernels::Extent to_extent(std::span<const std::int64_t> sizes);

/// A window placed on images of one size.
struct PlacedWindow {
  std::size_t batch;
  kernels::Extent in;
  kernels::Extent out;
  kernels::Window window;
};

/// Throws kInvalidArgument when `input` has not `rank` spatial axes or is smaller than the window.
PlacedWindow place(const SlidingWindow& window, const Shape& input);

/// The window on an image of one pixel: for what depends on the window alone, as packing does.
PlacedWindow place_anywhere(const SlidingWindow& window);

/// The shape of a tensor with the spatial sizes of `out`.
Shape image_shape(std::size_t rank, std::size_t batch, const kernels::Extent& out,
                  std::size_t channels);

/// The window with a ZeroPadding before it taken in. Nothing when the padding reaches other axes,
/// or when the window has one element: such convolutions run as plain products, without padding.
std::optional<SlidingWindow> take_in(const graph::ZeroPadding& padding,
                                     const SlidingWindow& window);

}  // namespace weir::ops
