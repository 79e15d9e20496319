#include "io/fortran_gather.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/mapped_file.h"

namespace weir {
namespace {

// One touch may bring in this much: the kernel maps the neighbours of a page that it has at hand.
constexpr std::size_t kFaultAround = std::size_t{64} << 10;
constexpr std::size_t kResident = std::size_t{8} << 20;

// Counts through the elements of a row, first axis fastest, and knows each one's place in C order.
class FortranCounter {
 public:
  explicit FortranCounter(const Shape& row_shape) : shape_(row_shape) {
    std::size_t stride = 1;
    for (std::size_t axis = shape_.rank(); axis-- > 0;) {
      strides_[axis] = stride;
      stride *= static_cast<std::size_t>(shape_[axis]);
    }
  }

  std::size_t c_index() const { return c_index_; }

  void advance() {
    for (std::size_t axis = 0; axis < shape_.rank(); ++axis) {
      c_index_ += strides_[axis];
      if (++index_[axis] < shape_[axis]) return;
      c_index_ -= strides_[axis] * static_cast<std::size_t>(shape_[axis]);
      index_[axis] = 0;
    }
  }

 private:
  Shape shape_;
  std::array<std::int64_t, Shape::kMaxRank> index_{};
  std::array<std::size_t, Shape::kMaxRank> strides_{};
  std::size_t c_index_ = 0;
};

}  // namespace

FortranGather::FortranGather(const SharedBytes& file, const NpyHeader& header)
    : data_(file.bytes.subspan(header.data_offset, header.rows() * header.row_bytes())),
      is_mapped_(file.mapped),
      row_shape_(header.row_shape()),
      total_rows_(header.rows()),
      row_elements_(static_cast<std::size_t>(row_shape_.elements())),
      item_size_(size_of(header.dtype)) {}

void FortranGather::rows(std::size_t first, std::size_t count, std::span<std::byte> out) const {
  if (item_size_ == 1) gather<1>(first, count, out.data());
  if (item_size_ == 2) gather<2>(first, count, out.data());
  if (item_size_ == 4) gather<4>(first, count, out.data());
  if (item_size_ == 8) gather<8>(first, count, out.data());
}

template <std::size_t kItem>
void FortranGather::gather(std::size_t first, std::size_t count, std::byte* out) const {
  const std::size_t columns_per_drop =
      std::max<std::size_t>(kResident / (std::min(count, total_rows_) * kItem + kFaultAround), 1);
  const std::size_t column_bytes = total_rows_ * kItem;
  FortranCounter place(row_shape_);
  std::size_t dropped = 0;
  for (std::size_t column = 0; column < row_elements_; ++column, place.advance()) {
    const std::byte* from = data_.data() + column * column_bytes + first * kItem;
    std::byte* to = out + place.c_index() * kItem;
    for (std::size_t row = 0; row < count; ++row) {
      // Fixed sizes make each copy one move; the source may be misaligned.
      std::memcpy(to + row * row_elements_ * kItem, from + row * kItem, kItem);
    }
    if (is_mapped_ && column + 1 - dropped == columns_per_drop) {
      drop_pages(data_.subspan(dropped * column_bytes, columns_per_drop * column_bytes));
      dropped = column + 1;
    }
  }
}

}  // namespace weir
