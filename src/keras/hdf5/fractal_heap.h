#pragma once

#include "keras/hdf5/image.h"

namespace weir::hdf5 {

/// A heap whose blocks grow by doubling (specification, section III.G). Reads "managed" objects,
/// which lie in its blocks, and "tiny" ones, which lie in their own ids; filtered heaps and "huge"
/// objects are kUnsupported.
class FractalHeap {
 public:
  FractalHeap(Image& image, Address header);

  /// The object that the heap id at the front of `id` names, in place; moves past the id.
  std::span<const std::byte> object(ByteCursor& id) const;

 private:
  /// Where the doubling table keeps an offset of the heap's own space.
  struct Place {
    std::uint64_t row;
    std::uint64_t column;
    std::uint64_t block_offset;  ///< Of the block, within what was searched.
  };
  std::span<const std::byte> managed_object(std::uint64_t offset, std::uint64_t size) const;
  Place find(std::uint64_t offset) const;
  std::uint64_t row_block_size(std::uint64_t row) const;
  std::optional<Address> read_child(Address indirect_block, const Place& place) const;

  Image& image_;
  std::size_t id_size_ = 0;
  std::size_t offset_width_ = 0;  ///< Of an offset in the heap's own space.
  std::size_t size_width_ = 0;    ///< Of an object's size in a heap id.
  std::uint64_t table_width_ = 0;
  std::uint64_t starting_block_size_ = 0;
  std::uint64_t max_direct_block_size_ = 0;
  std::uint64_t root_rows_ = 0;  ///< 0: the root is a direct block.
  std::optional<Address> root_;
};

}  // namespace weir::hdf5
