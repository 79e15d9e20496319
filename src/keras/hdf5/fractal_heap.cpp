#include "keras/hdf5/fractal_heap.h"

#include <algorithm>
#include <bit>

#include "base/checked.h"

namespace weir::hdf5 {
namespace {

constexpr const char* kWhat = "HDF5 fractal heap";
constexpr unsigned kMostLevels = 32;

enum class IdType : unsigned { kManaged = 0, kHuge = 1, kTiny = 2 };

}  // namespace

FractalHeap::FractalHeap(Image& image, Address header) : image_(image) {
  ByteCursor cursor = image.metadata_from(header, kWhat);
  Image::expect(cursor, "FRHP", kWhat);
  cursor.skip(1);
  id_size_ = cursor.u16();
  const unsigned filters_size = cursor.u16();
  require(filters_size == 0, ErrorCode::kUnsupported, "HDF5: a filtered fractal heap");
  cursor.skip(1);
  const std::uint64_t max_managed_size = cursor.u32();
  cursor.skip(2 * image.length_width() + 2 * image.offset_width() + 8 * image.length_width());
  table_width_ = cursor.u16();
  starting_block_size_ = image.read_length(cursor);
  max_direct_block_size_ = image.read_length(cursor);
  const unsigned heap_bits = cursor.u16();
  cursor.skip(2);
  root_ = image.read_address(cursor);
  root_rows_ = cursor.u16();
  require(id_size_ >= 1 && table_width_ > 0 && std::has_single_bit(starting_block_size_) &&
              std::has_single_bit(max_direct_block_size_) &&
              starting_block_size_ <= max_direct_block_size_ && heap_bits >= 1 && heap_bits <= 64,
          ErrorCode::kMalformed, "HDF5: a fractal heap's table is malformed");
  offset_width_ = (heap_bits + 7) / 8;
  const auto size_bits = std::bit_width(std::min(max_direct_block_size_, max_managed_size));
  size_width_ = std::max<std::size_t>(1, (static_cast<std::size_t>(size_bits) + 7) / 8);
  size_width_ = std::min<std::size_t>(size_width_, 8);
}

std::span<const std::byte> FractalHeap::object(ByteCursor& id) const {
  ByteCursor cursor(id.take(id_size_), kWhat);
  const unsigned first = cursor.u8();
  switch (static_cast<IdType>(first >> 4 & 3)) {
    case IdType::kManaged: {
      const std::uint64_t offset = cursor.number(offset_width_);
      return managed_object(offset, cursor.number(size_width_));
    }
    case IdType::kTiny:
      return cursor.take(std::min<std::uint64_t>((first & 0x0f) + 1, cursor.left()));
    default:
      fail(ErrorCode::kUnsupported, "HDF5: a huge object in a fractal heap");
  }
}

std::span<const std::byte> FractalHeap::managed_object(std::uint64_t offset,
                                                       std::uint64_t size) const {
  require(root_.has_value(), ErrorCode::kMalformed, "HDF5: an object of an empty fractal heap");
  Address block = *root_;
  std::uint64_t block_size = starting_block_size_;
  std::uint64_t within = offset;
  bool direct = root_rows_ == 0;
  for (unsigned level = 0; !direct; ++level) {
    require(level < kMostLevels, ErrorCode::kMalformed, "HDF5: a fractal heap is too deep");
    const Place place = find(within);
    const auto child = read_child(block, place);
    require(child.has_value(), ErrorCode::kMalformed,
            "HDF5: an object of a fractal heap is in no block");
    block = *child;
    within -= place.block_offset;
    block_size = row_block_size(place.row);
    direct = block_size <= max_direct_block_size_;
  }
  require(within <= block_size && size <= block_size - within, ErrorCode::kMalformed,
          "HDF5: an object of a fractal heap is larger than its block");
  image_.charge_metadata(size);
  return image_.data(block, block_size)
      .bytes.subspan(static_cast<std::size_t>(within), static_cast<std::size_t>(size));
}

/// Rows 0 and 1 hold blocks of the starting size, each later row blocks twice as large.
std::uint64_t FractalHeap::row_block_size(std::uint64_t row) const {
  if (row < 2) return starting_block_size_;
  require(row - 1 < static_cast<std::uint64_t>(std::countl_zero(starting_block_size_)),
          ErrorCode::kMalformed, "HDF5: a fractal heap is too large");
  return starting_block_size_ << (row - 1);
}

FractalHeap::Place FractalHeap::find(std::uint64_t offset) const {
  std::uint64_t row_start = 0;
  for (std::uint64_t row = 0;; ++row) {
    const std::uint64_t block = row_block_size(row);
    const std::uint64_t row_size = checked_mul(block, table_width_);
    if (offset - row_start < row_size) {
      const std::uint64_t column = (offset - row_start) / block;
      return {row, column, row_start + column * block};
    }
    row_start = checked_add(row_start, row_size);
  }
}

std::optional<Address> FractalHeap::read_child(Address indirect_block, const Place& place) const {
  const std::uint64_t prefix = 4 + 1 + image_.offset_width() + offset_width_;
  const std::uint64_t index = checked_add(checked_mul(place.row, table_width_), place.column);
  const std::uint64_t skip =
      checked_add(prefix, checked_mul<std::uint64_t>(index, image_.offset_width()));
  ByteCursor cursor = image_.metadata_from(indirect_block, kWhat);
  Image::expect(cursor, "FHIB", kWhat);
  cursor.skip(skip - 4);
  return image_.read_address(cursor);
}

}  // namespace weir::hdf5
