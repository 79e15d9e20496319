#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "kernels/parallel.h"
#include "weir/tensor.h"

namespace weir::kernels {

inline constexpr std::size_t kMaxOperands = 3;

/// How up to three tensors run through one output by NumPy's broadcasting rules: the outer axes,
/// and the rows below them, which inner loops walk. Axes that can be walked as one are joined. An
/// operand's stride, in elements, is 0 along an axis it is repeated on.
struct Broadcast {
  using Strides = std::array<std::size_t, kMaxOperands>;

  std::size_t outer_axes = 0;
  std::array<std::size_t, Shape::kMaxRank> sizes{};
  std::array<Strides, Shape::kMaxRank> strides{};  ///< [outer axis][operand]
  std::size_t row_length = 1;
  Strides row_strides{};  ///< Each is 0 or 1.

  std::size_t rows() const {
    std::size_t count = 1;
    for (std::size_t axis = 0; axis < outer_axes; ++axis) count *= sizes[axis];
    return count;
  }
};

/// The broadcasting of `operands` (at most kMaxOperands of them), which fit `out` when aligned at
/// their last axes.
Broadcast make_broadcast(std::span<const Shape> operands, const Shape& out);

/// The shape that the operands broadcast to. Throws kInvalidArgument when they do not fit.
Shape broadcast_shape(std::span<const Shape> operands);

/// Calls `row(offsets, start)` for rows [begin, end): where each operand's row and the output's row
/// start, in elements.
template <typename Row>
void walk_rows(const Broadcast& shape, std::size_t begin, std::size_t end, const Row& row) {
  std::array<std::size_t, Shape::kMaxRank> index{};
  Broadcast::Strides offsets{};
  std::size_t rest = begin;
  for (std::size_t axis = shape.outer_axes; axis-- > 0;) {
    index[axis] = rest % shape.sizes[axis];
    rest /= shape.sizes[axis];
    for (std::size_t k = 0; k < kMaxOperands; ++k) {
      offsets[k] += index[axis] * shape.strides[axis][k];
    }
  }
  for (std::size_t i = begin; i < end; ++i) {
    row(offsets, i * shape.row_length);
    for (std::size_t axis = shape.outer_axes; axis-- > 0;) {
      const bool wraps = ++index[axis] == shape.sizes[axis];
      const std::size_t back = wraps ? std::exchange(index[axis], 0) - 1 : 0;
      for (std::size_t k = 0; k < kMaxOperands; ++k) {
        const std::size_t stride = shape.strides[axis][k];
        offsets[k] = wraps ? offsets[k] - back * stride : offsets[k] + stride;
      }
      if (!wraps) break;
    }
  }
}

/// Walks all rows on all threads when that pays: `row(offsets, start, length)`, `length` elements
/// at a time. A single long row is split.
template <typename Row>
void for_broadcast_rows(const Broadcast& shape, const ThreadPool& pool, const Row& row) {
  if (shape.outer_axes == 0) {
    for_rows(pool, shape.row_length, 1, [&](std::size_t begin, std::size_t end) {
      Broadcast::Strides offsets{};
      for (std::size_t k = 0; k < kMaxOperands; ++k) offsets[k] = begin * shape.row_strides[k];
      row(offsets, begin, end - begin);
    });
    return;
  }
  for_rows(pool, shape.rows(), shape.row_length, [&](std::size_t begin, std::size_t end) {
    walk_rows(shape, begin, end, [&](const Broadcast::Strides& offsets, std::size_t start) {
      row(offsets, start, shape.row_length);
    });
  });
}

}  // namespace weir::kernels
