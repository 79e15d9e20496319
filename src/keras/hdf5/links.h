#pragma once

#include <map>
#include <string>

#include "keras/hdf5/object_header.h"

namespace weir::hdf5 {

/// The children of a group: names, and where their object headers are. Soft and external links lead
/// nowhere (no address): Keras writes none, and following one out of the file is what a hostile
/// file wants.
using Links = std::map<std::string, std::optional<Address>, std::less<>>;

/// Reads the links of a group from its messages, however they are stored: in a symbol table
/// (version 1 B-tree and local heap), as link messages, or in a fractal heap. A group with none of
/// these has no links. Two links of one name are kMalformed.
Links read_links(Image& image, const Messages& messages);

/// One link message's body (specification, section IV.A.2.g) into `links`.
void add_link(Image& image, std::span<const std::byte> body, Links& links);

}  // namespace weir::hdf5
