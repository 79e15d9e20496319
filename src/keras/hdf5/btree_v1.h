#pragma once

#include <functional>

#include "keras/hdf5/image.h"

namespace weir::hdf5 {

/// What a version 1 B-tree indexes (specification, section III.A.1).
struct BTreeV1 {
  unsigned node_type;    ///< 0: groups' nodes, 1: chunks.
  std::size_t key_size;  ///< Bytes.
};

/// Calls `visit(key, child)` for every entry of the tree's leaves, in order. Levels must go down
/// one by one, so that a node cannot be its own descendant.
void for_each_leaf_entry(Image& image, Address root, const BTreeV1& shape,
                         const std::function<void(ByteCursor key, Address child)>& visit);

}  // namespace weir::hdf5
