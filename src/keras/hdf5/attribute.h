#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keras/hdf5/datatype.h"
#include "keras/hdf5/global_heap.h"
#include "keras/hdf5/object_header.h"

namespace weir::hdf5 {

/// A named value of an object, in place.
struct Attribute {
  Datatype type;
  std::uint64_t elements = 0;
  std::span<const std::byte> data;
};

using Attributes = std::map<std::string, Attribute, std::less<>>;

/// The attributes of an object, from messages and from a fractal heap. Those of a kind that cannot
/// be read (a committed datatype) are left out.
Attributes read_attributes(Image& image, const Messages& messages);

/// One attribute message's body (specification, section IV.A.2.m) into `attributes`.
void add_attribute(Image& image, std::span<const std::byte> body, Attributes& attributes);

/// The strings in an attribute, of fixed or variable length. An attribute without elements is an
/// empty list, whatever its type (h5py stores an empty list as floats). Nothing when it does not
/// hold strings.
std::optional<std::vector<std::string>> read_strings(Image& image, GlobalHeap& heap,
                                                     const Attribute& attribute);

}  // namespace weir::hdf5
