#include "keras/hdf5/btree_v1.h"

namespace weir::hdf5 {
namespace {

constexpr const char* kWhat = "HDF5 B-tree node";
/// A tree of this height with two children a node is larger than any file.
constexpr unsigned kMostLevels = 48;

using Visit = std::function<void(ByteCursor key, Address child)>;

void visit_node(Image& image, Address address, const BTreeV1& shape,
                std::optional<unsigned> expected_level, const Visit& visit) {
  ByteCursor node = image.metadata_from(address, kWhat);
  Image::expect(node, "TREE", kWhat);
  const unsigned type = node.u8();
  const unsigned level = node.u8();
  require(
      type == shape.node_type && level == expected_level.value_or(level) && level <= kMostLevels,
      ErrorCode::kMalformed, "HDF5: a B-tree node of type {} and level {} is out of place", type,
      level);
  const unsigned entries = node.u16();
  node.skip(2 * image.offset_width());  // Siblings.
  image.charge_metadata(entries * std::uint64_t{shape.key_size + image.offset_width()});
  for (unsigned i = 0; i < entries; ++i) {
    const ByteCursor key(node.take(shape.key_size), kWhat);
    const auto child = image.read_address(node);
    require(child.has_value(), ErrorCode::kMalformed, "HDF5: a B-tree's child is nowhere");
    if (level == 0) {
      visit(key, *child);
    } else {
      visit_node(image, *child, shape, level - 1, visit);
    }
  }
}

}  // namespace

void for_each_leaf_entry(Image& image, Address root, const BTreeV1& shape, const Visit& visit) {
  visit_node(image, root, shape, std::nullopt, visit);
}

}  // namespace weir::hdf5
