#include "keras/hdf5/btree_v2.h"

#include <bit>
#include <vector>

namespace weir::hdf5 {
namespace {

constexpr const char* kWhat = "HDF5 version 2 B-tree";
constexpr std::size_t kNodeOverhead = 4 + 1 + 1 + 4;  ///< Signature, version, type, checksum.
constexpr unsigned kMostLevels = 32;

std::size_t bytes_to_count(std::uint64_t most) { return (std::bit_width(most) + 7) / 8; }

class Tree {
 public:
  using Visit = std::function<void(ByteCursor record)>;

  Tree(Image& image, Address header, unsigned type, const Visit& visit)
      : image_(image), visit_(visit) {
    ByteCursor cursor = image.metadata_from(header, kWhat);
    Image::expect(cursor, "BTHD", kWhat);
    cursor.skip(1);
    const unsigned actual_type = cursor.u8();
    node_size_ = cursor.u32();
    record_size_ = cursor.u16();
    const unsigned depth = cursor.u16();
    cursor.skip(2);
    const auto root = image.read_address(cursor);
    const std::uint64_t records = cursor.u16();
    require(actual_type == type && record_size_ > 0 && node_size_ > kNodeOverhead &&
                depth <= kMostLevels,
            ErrorCode::kMalformed, "HDF5: a version 2 B-tree of type {} and depth {} is malformed",
            actual_type, depth);
    find_widths(depth);
    if (root && records > 0) visit_node(*root, records, depth);
  }

 private:
  /// How wide the counts in an internal node are follows from how many records can be below it.
  void find_widths(unsigned depth) {
    const std::uint64_t in_leaf = (node_size_ - kNodeOverhead) / record_size_;
    levels_.push_back({bytes_to_count(in_leaf), 0});
    std::uint64_t below = in_leaf;
    for (unsigned level = 1; level <= depth; ++level) {
      const Level& child = levels_.back();
      const std::size_t pointer =
          image_.offset_width() + levels_.front().count_width + child.total_width;
      require(node_size_ > kNodeOverhead + pointer, ErrorCode::kMalformed,
              "HDF5: a version 2 B-tree's nodes are too small");
      const std::uint64_t here = (node_size_ - kNodeOverhead - pointer) / (record_size_ + pointer);
      require(!__builtin_mul_overflow(here + 1, below, &below) &&
                  !__builtin_add_overflow(below, here, &below),
              ErrorCode::kMalformed, "HDF5: a version 2 B-tree is too deep");
      levels_.push_back({bytes_to_count(here), bytes_to_count(below)});
    }
  }

  void visit_node(Address address, std::uint64_t records, unsigned level) {
    ByteCursor node = image_.metadata(address, node_size_, kWhat);
    Image::expect(node, level == 0 ? "BTLF" : "BTIN", kWhat);
    node.skip(2);
    for (std::uint64_t i = 0; i < records; ++i) visit_({node.take(record_size_), kWhat});
    if (level == 0) return;
    for (std::uint64_t i = 0; i <= records; ++i) {
      const auto child = image_.read_address(node);
      const std::uint64_t child_records = node.number(levels_.front().count_width);
      node.skip(levels_[level - 1].total_width);
      require(child.has_value(), ErrorCode::kMalformed, "HDF5: a B-tree's child is nowhere");
      visit_node(*child, child_records, level - 1);
    }
  }

  struct Level {
    std::size_t count_width;  ///< Of the number of records in a node of this level.
    std::size_t total_width;  ///< Of the number of records in and below it; 0 for a leaf.
  };

  Image& image_;
  const Visit& visit_;
  std::uint64_t node_size_ = 0;
  std::size_t record_size_ = 0;
  std::vector<Level> levels_;
};

}  // namespace

void for_each_record(Image& image, Address header, unsigned type,
                     const std::function<void(ByteCursor record)>& visit) {
  Tree(image, header, type, visit);
}

}  // namespace weir::hdf5
