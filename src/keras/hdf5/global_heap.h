#pragma once

#include <map>

#include "keras/hdf5/image.h"

namespace weir::hdf5 {

/// The collections of variable-length values (specification, section III.E), each read once.
class GlobalHeap {
 public:
  explicit GlobalHeap(Image& image) : image_(image) {}

  /// An object's bytes, in place. Throws kMalformed for one that is not there.
  std::span<const std::byte> object(Address collection, std::uint32_t index);

 private:
  using Collection = std::map<std::uint32_t, std::span<const std::byte>>;
  Collection read_collection(Address address);

  Image& image_;
  std::map<Address, Collection> collections_;
};

}  // namespace weir::hdf5
