#pragma once

#include "keras/hdf5/attribute.h"
#include "keras/hdf5/links.h"

namespace weir::hdf5 {

/// Groups with many links, and objects with many or large attributes, keep them in a fractal heap,
/// found through a version 2 B-tree. `body` is that of a link info or an attribute info message
/// (specification, sections IV.A.2.c and IV.A.2.v). Nothing happens where it says there are none.
void read_dense_links(Image& image, std::span<const std::byte> body, Links& links);
void read_dense_attributes(Image& image, std::span<const std::byte> body, Attributes& attributes);

}  // namespace weir::hdf5
