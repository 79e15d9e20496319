#pragma once

#include <vector>

#include "keras/hdf5/filters.h"

namespace weir::hdf5 {

/// The extent of a dataset.
struct ArrayForm {
  std::vector<std::uint64_t> dims;
  std::size_t element_size = 0;
  std::size_t bytes = 0;  ///< The product of all.
};

/// Puts a chunked dataset together. `layout` stands behind the layout message's class: of version
/// 3, whose chunks are in a version 1 B-tree, or of version 4, which has several indices.
SharedBytes read_btree_chunks(Image& image, ByteCursor layout, const FilterPipeline& filters,
                              const ArrayForm& form);
SharedBytes read_indexed_chunks(Image& image, ByteCursor layout, const FilterPipeline& filters,
                                const ArrayForm& form);

}  // namespace weir::hdf5
