#include "keras/hdf5/global_heap.h"

#include "base/checked.h"

namespace weir::hdf5 {
namespace {
constexpr const char* kWhat = "HDF5 global heap";
}  // namespace

std::span<const std::byte> GlobalHeap::object(Address collection, std::uint32_t index) {
  auto at = collections_.find(collection);
  if (at == collections_.end()) {
    at = collections_.emplace(collection, read_collection(collection)).first;
  }
  const auto found = at->second.find(index);
  require(found != at->second.end(), ErrorCode::kMalformed,
          "HDF5: the global heap has no object {}", index);
  return found->second;
}

GlobalHeap::Collection GlobalHeap::read_collection(Address address) {
  ByteCursor header = image_.metadata_from(address, kWhat);
  const std::size_t before = header.left();
  Image::expect(header, "GCOL", kWhat);
  header.skip(4);
  const std::uint64_t size = image_.read_length(header);
  const std::size_t header_size = before - header.left();
  ByteCursor objects = image_.metadata(address, size, kWhat);
  objects.skip(header_size);
  Collection collection;
  while (objects.left() >= 8 + image_.length_width()) {
    const std::uint32_t index = objects.u16();
    objects.skip(6);
    const std::uint64_t object_size = image_.read_length(objects);
    if (index == 0) break;  // The free space, always last.
    collection.emplace(index, objects.take(object_size));
    const std::size_t padding = align_up(object_size, 8) - object_size;
    objects.skip(std::min<std::size_t>(padding, objects.left()));
  }
  return collection;
}

}  // namespace weir::hdf5
