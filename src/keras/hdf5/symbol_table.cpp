#include "keras/hdf5/symbol_table.h"

#include <algorithm>

#include "keras/hdf5/btree_v1.h"

namespace weir::hdf5 {
namespace {

constexpr std::uint32_t kSoftLink = 2;

std::span<const std::byte> read_local_heap(Image& image, Address address) {
  constexpr const char* kWhat = "HDF5 local heap";
  ByteCursor header = image.metadata_from(address, kWhat);
  Image::expect(header, "HEAP", kWhat);
  header.skip(4);
  const std::uint64_t size = image.read_length(header);
  header.skip(image.length_width());
  const auto segment = image.read_address(header);
  require(segment.has_value(), ErrorCode::kMalformed, "HDF5: a local heap without data");
  return image.data(*segment, size).bytes;
}

std::string name_at(Image& image, std::span<const std::byte> heap, std::uint64_t offset) {
  require(offset < heap.size(), ErrorCode::kMalformed, "HDF5: a link's name is not in its heap");
  const auto rest = heap.subspan(static_cast<std::size_t>(offset));
  const auto end = std::find(rest.begin(), rest.end(), std::byte{0});
  require(end != rest.end(), ErrorCode::kMalformed, "HDF5: a link's name does not end");
  const auto size = static_cast<std::size_t>(end - rest.begin());
  image.charge_metadata(size);
  return {reinterpret_cast<const char*>(rest.data()), size};
}

void read_node(Image& image, Address address, std::span<const std::byte> heap, Links& links) {
  constexpr const char* kWhat = "HDF5 symbol table node";
  ByteCursor node = image.metadata_from(address, kWhat);
  Image::expect(node, "SNOD", kWhat);
  node.skip(2);
  const unsigned symbols = node.u16();
  image.charge_metadata(std::uint64_t{symbols} * (2 * image.offset_width() + 24));
  for (unsigned i = 0; i < symbols; ++i) {
    const std::uint64_t name_offset = node.number(image.offset_width());
    auto target = image.read_address(node);
    if (node.u32() == kSoftLink) target.reset();
    node.skip(4 + 16);
    const auto [at, is_new] = links.try_emplace(name_at(image, heap, name_offset), target);
    require(is_new, ErrorCode::kMalformed, "HDF5: two links of a group are named '{}'", at->first);
  }
}

}  // namespace

void read_symbol_table(Image& image, std::span<const std::byte> body, Links& links) {
  ByteCursor message(body, "HDF5 symbol table message");
  const auto tree = image.read_address(message);
  const auto heap_address = image.read_address(message);
  require(tree && heap_address, ErrorCode::kMalformed, "HDF5: a symbol table that is nowhere");
  const auto heap = read_local_heap(image, *heap_address);
  const BTreeV1 shape{.node_type = 0, .key_size = image.length_width()};
  for_each_leaf_entry(image, *tree, shape,
                      [&](ByteCursor, Address node) { read_node(image, node, heap, links); });
}

}  // namespace weir::hdf5
