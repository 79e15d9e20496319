#pragma once

#include "keras/hdf5/links.h"

namespace weir::hdf5 {

/// Reads a group's links from the structures that a symbol table message's body points to: a
/// version 1 B-tree of symbol table nodes, with the names in a local heap (specification, sections
/// III.A.1, III.B to III.D).
void read_symbol_table(Image& image, std::span<const std::byte> body, Links& links);

}  // namespace weir::hdf5
