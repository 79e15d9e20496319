#include "ops/sliding_window.h"

#include <algorithm>

#include "base/checked.h"

namespace weir::ops {

using kernels::Extent;

namespace {

struct PlacedAxis {
  std::size_t out;
  std::size_t pad_before;
};

PlacedAxis place_axis(const SlidingWindow& window, std::size_t axis, std::size_t size) {
  const std::size_t stride = window.stride[axis];
  const std::size_t extent = window.extent(axis);
  std::size_t before = window.zeros_before[axis];
  std::size_t padded = checked_add(checked_add(size, before), window.zeros_after[axis]);
  if (window.padding == PaddingMode::kSame) {
    const std::size_t out = (padded + stride - 1) / stride;
    const std::size_t needed = out == 0 ? 0 : checked_add((out - 1) * stride, extent);
    return {out, before + (needed > padded ? (needed - padded) / 2 : 0)};
  }
  if (window.padding == PaddingMode::kCausal) {
    before += extent - 1;
    padded = checked_add(padded, extent - 1);
  }
  require(padded >= extent, ErrorCode::kInvalidArgument,
          "a window of {} elements does not fit into {}", extent, padded);
  return {(padded - extent) / stride + 1, before};
}

}  // namespace

std::size_t SlidingWindow::extent(std::size_t axis) const {
  return checked_add(checked_mul(kernel[axis] - 1, dilation[axis]), std::size_t{1});
}

Extent to_extent(std::span<const std::int64_t> sizes) {
  Extent extent = kernels::kOnes;
  std::ranges::transform(sizes, extent.end() - static_cast<std::ptrdiff_t>(sizes.size()),
                         [](std::int64_t size) { return checked_cast<std::size_t>(size); });
  return extent;
}

PlacedWindow place(const SlidingWindow& window, const Shape& input) {
  const std::size_t rank = window.rank;
  require(input.rank() == rank + 2, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected {} axes", to_string(input), rank + 2);
  PlacedWindow placed{static_cast<std::size_t>(input[0]),
                      to_extent(input.dims().subspan(1, rank)),
                      kernels::kOnes,
                      {window.kernel, window.stride, window.dilation, {0, 0, 0}}};
  for (std::size_t axis = 3 - rank; axis < 3; ++axis) {
    const PlacedAxis along = place_axis(window, axis, placed.in[axis]);
    placed.out[axis] = along.out;
    placed.window.pad_before[axis] = along.pad_before;
  }
  return placed;
}

PlacedWindow place_anywhere(const SlidingWindow& window) {
  return {1,
          kernels::kOnes,
          kernels::kOnes,
          {window.kernel, window.stride, window.dilation, {0, 0, 0}}};
}

Shape image_shape(std::size_t rank, std::size_t batch, const Extent& out, std::size_t channels) {
  Shape shape{checked_cast<std::int64_t>(batch)};
  for (std::size_t axis = 3 - rank; axis < 3; ++axis) {
    shape.push_back(checked_cast<std::int64_t>(out[axis]));
  }
  shape.push_back(checked_cast<std::int64_t>(channels));
  return shape;
}

std::optional<SlidingWindow> take_in(const graph::ZeroPadding& padding,
                                     const SlidingWindow& window) {
  const std::size_t rank = window.rank;
  const auto reaches = [&](std::size_t axis) {
    return padding.before[axis] != 0 || padding.after[axis] != 0;
  };
  if (padding.before.rank() != rank + 2 || padding.after.rank() != rank + 2) return std::nullopt;
  if (reaches(0) || reaches(rank + 1) || kernels::volume(window.kernel) == 1) return std::nullopt;

  SlidingWindow result = window;
  for (std::size_t axis = 1; axis <= rank; ++axis) {
    const std::size_t at = axis + 2 - rank;
    result.zeros_before[at] =
        checked_add(result.zeros_before[at], checked_cast<std::size_t>(padding.before[axis]));
    result.zeros_after[at] =
        checked_add(result.zeros_after[at], checked_cast<std::size_t>(padding.after[axis]));
  }
  return result;
}

}  // namespace weir::ops
