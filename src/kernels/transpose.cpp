#include "kernels/transpose.h"

#include <algorithm>
#include <cstring>

namespace weir::kernels {
namespace {

/// Bytes moved below which another thread is not worth waking.
constexpr std::size_t kBytesPerTask = 65536;

/// Columns of the output's rows that one work item turns: whole cache lines of either side.
constexpr std::size_t kTileRows = 16;

/// The permutation without axes of size 1 and with neighbours that stay neighbours made one.
TransposeShape simplified(const TransposeShape& shape) {
  std::vector<std::size_t> order;  // of the output's axes, those of size 1 left out
  for (const std::size_t axis : shape.permutation) {
    if (shape.sizes[axis] != 1) order.push_back(axis);
  }
  const auto next = [&](std::size_t axis) {  // that counts
    do ++axis;
    while (axis < shape.sizes.size() && shape.sizes[axis] == 1);
    return axis;
  };
  std::vector<std::size_t> heads;  // first input axis of each merged group, in output order
  std::vector<std::size_t> group_size(shape.sizes.size(), 1);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || next(order[i - 1]) != order[i]) heads.push_back(order[i]);
    group_size[heads.back()] *= shape.sizes[order[i]];
  }
  std::vector<std::size_t> sorted = heads;
  std::sort(sorted.begin(), sorted.end());
  TransposeShape result{{}, {}, shape.element_bytes};
  for (const std::size_t head : sorted) result.sizes.push_back(group_size[head]);
  for (const std::size_t head : heads) {
    const auto place = std::lower_bound(sorted.begin(), sorted.end(), head);
    result.permutation.push_back(static_cast<std::size_t>(place - sorted.begin()));
  }
  return result;
}

/// Distances, in bytes, between neighbours along each axis of a tensor without gaps.
std::vector<std::size_t> strides(const std::vector<std::size_t>& sizes, std::size_t bytes) {
  std::vector<std::size_t> result(sizes.size());
  for (std::size_t axis = sizes.size(); axis-- > 0;) {
    result[axis] = bytes;
    bytes *= sizes[axis];
  }
  return result;
}

void turn_bytes(const std::byte* in, std::size_t in_stride, std::byte* out, std::size_t out_stride,
                std::size_t rows, std::size_t columns) {
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t r = 0; r < rows; ++r) out[c * out_stride + r] = in[r * in_stride + c];
  }
}

}  // namespace

Transpose::Transpose(const TransposeShape& shape) : element_bytes_(shape.element_bytes) {
  const TransposeShape simple = simplified(shape);
  const std::vector<std::size_t> in_strides = strides(simple.sizes, element_bytes_);
  std::vector<std::size_t> out_sizes;
  for (const std::size_t axis : simple.permutation) out_sizes.push_back(simple.sizes[axis]);
  const std::vector<std::size_t> out_strides = strides(out_sizes, element_bytes_);
  const std::size_t rank = simple.sizes.size();
  run_bytes_ = element_bytes_;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t from = simple.permutation[i];
    const Axis axis = {out_sizes[i], in_strides[from], out_strides[i]};
    if (i + 1 == rank && from + 1 == rank) {
      run_bytes_ = axis.size * element_bytes_;
    } else if (i + 1 == rank) {
      column_ = axis;
      run_bytes_ = 0;
    } else if (from + 1 == rank) {
      row_ = axis;
    } else {
      outer_.push_back(axis);
    }
  }
  tiles_ = run_bytes_ == 0 ? (row_.size + kTileRows - 1) / kTileRows : 1;
  items_ = tiles_;
  for (const Axis& axis : outer_) items_ *= axis.size;
}

// `row_` runs along the input's last axis, so a row of the input is a column of what turns here:
// the matrix turned has `column_` rows and `row_` columns in the input.
void Transpose::turn_tile(const std::byte* in, std::byte* out, std::size_t first_row,
                          std::size_t rows) const {
  in += first_row * row_.in_stride;
  out += first_row * row_.out_stride;
  const auto turn = element_bytes_ == 1 ? turn_bytes : turn_words;
  turn(in, column_.in_stride / element_bytes_, out, row_.out_stride / element_bytes_, column_.size,
       rows);
}

void Transpose::copy_items(const std::byte* in, std::byte* out, std::size_t begin,
                           std::size_t end) const {
  for (std::size_t item = begin; item < end; ++item) {
    const std::byte* from = in;
    std::byte* to = out;
    std::size_t place = item / tiles_;
    for (std::size_t i = outer_.size(); i-- > 0;) {
      const std::size_t at = place % outer_[i].size;
      from += at * outer_[i].in_stride;
      to += at * outer_[i].out_stride;
      place /= outer_[i].size;
    }
    if (run_bytes_ > 0) {
      std::memcpy(to, from, run_bytes_);
    } else {
      const std::size_t first = item % tiles_ * kTileRows;
      turn_tile(from, to, first, std::min(kTileRows, row_.size - first));
    }
  }
}

void Transpose::run(const std::byte* in, std::byte* out, const ThreadPool& threads) const {
  if (items_ == 0) return;
  const std::size_t item_bytes =
      run_bytes_ > 0 ? run_bytes_ : kTileRows * column_.size * element_bytes_;
  const std::size_t grain = kBytesPerTask / (item_bytes + 1) + 1;
  threads.for_ranges(items_, grain, [&](std::size_t, std::size_t begin, std::size_t end) {
    copy_items(in, out, begin, end);
  });
}

}  // namespace weir::kernels
