#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "graph/operation.h"

namespace weir::ops {

/// What a gather does along one axis.
struct AxisMove {
  static constexpr std::int64_t kFill = -1;

  std::size_t axis = 0;
  /// The output's size for that of the input. Throws kInvalidArgument where the two do not fit.
  std::function<std::int64_t(std::int64_t in_size)> out_size;
  /// Which of `in_size` positions of the input goes to position `out` of the output, or kFill.
  std::function<std::int64_t(std::int64_t in_size, std::int64_t out)> source;
};

/// An operation that puts elements elsewhere, each axis on its own; see kernels::Gather.
struct GatherAttributes {
  std::string_view kind = "gather";  ///< Of static lifetime.
  std::vector<AxisMove> moves = {};  ///< One for each axis that is not left alone.
  double fill_value = 0.0;
  std::optional<graph::ZeroPadding> zero_padding = {};  ///< When this is nothing but that.
};

/// Without moves it is an alias. Any element type.
graph::OperationPtr make_gather(GatherAttributes attributes);

/// Along one axis: `size` positions that are `step` (not 0) apart, from `start` on.
struct AxisSlice {
  std::size_t axis = 0;
  std::int64_t start = 0;
  std::int64_t step = 1;
  std::int64_t size = 0;
};
graph::OperationPtr make_slice(std::span<const AxisSlice> slices);

/// Position i takes input position indices[i], which is not negative.
graph::OperationPtr make_take(std::size_t axis, std::vector<std::int64_t> indices);

/// Each position of `axis`, `count` times: a, a, b, b.
AxisMove repeat_each(std::size_t axis, std::int64_t count);
/// The whole axis, `count` times: a, b, a, b. For an axis of size 1 this is broadcasting.
AxisMove repeat_all(std::size_t axis, std::int64_t count);
/// Position i goes to i + shift, and what leaves at one end enters at the other.
AxisMove roll(std::size_t axis, std::int64_t shift);
/// The input position nearest to each of `size` positions spread over the axis, as tf.image.resize.
AxisMove nearest(std::size_t axis, std::int64_t size);

}  // namespace weir::ops
