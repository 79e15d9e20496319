#include "keras/hdf5/dense.h"

#include "keras/hdf5/btree_v2.h"
#include "keras/hdf5/fractal_heap.h"

namespace weir::hdf5 {
namespace {

/// Types of version 2 B-trees: an index by name of links, of attributes.
constexpr unsigned kLinkNames = 5;
constexpr unsigned kAttributeNames = 8;
constexpr std::size_t kNameHashSize = 4;

struct Storage {
  Address heap;
  Address name_index;
};

std::optional<Storage> read_storage(Image& image, ByteCursor& message) {
  const auto heap = image.read_address(message);
  const auto index = image.read_address(message);
  if (!heap || !index) return std::nullopt;
  return Storage{*heap, *index};
}

}  // namespace

void read_dense_links(Image& image, std::span<const std::byte> body, Links& links) {
  ByteCursor message(body, "HDF5 link info");
  message.skip(1);
  if (message.u8() & 1) message.skip(8);  // Largest creation order.
  const auto storage = read_storage(image, message);
  if (!storage) return;
  const FractalHeap heap(image, storage->heap);
  for_each_record(image, storage->name_index, kLinkNames, [&](ByteCursor record) {
    record.skip(kNameHashSize);
    add_link(image, heap.object(record), links);
  });
}

void read_dense_attributes(Image& image, std::span<const std::byte> body, Attributes& attributes) {
  ByteCursor message(body, "HDF5 attribute info");
  message.skip(1);
  if (message.u8() & 1) message.skip(2);  // Largest creation order.
  const auto storage = read_storage(image, message);
  if (!storage) return;
  const FractalHeap heap(image, storage->heap);
  for_each_record(image, storage->name_index, kAttributeNames, [&](ByteCursor record) {
    add_attribute(image, heap.object(record), attributes);
  });
}

}  // namespace weir::hdf5
