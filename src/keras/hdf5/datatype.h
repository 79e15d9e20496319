#pragma once

#include <optional>
#include <vector>

#include "keras/hdf5/image.h"
#include "weir/tensor.h"

namespace weir::hdf5 {

/// What the elements of a dataset or an attribute are (specification, section IV.A.2.d), as far as
/// it matters here.
struct Datatype {
  enum class Kind { kNumber, kOpaque, kFixedString, kVariableString, kOther };
  Kind kind = Kind::kOther;
  std::size_t size = 0;        ///< Bytes of one element.
  std::optional<DType> dtype;  ///< Of a number, when Weir knows it and it is little-endian.
  bool space_padded = false;   ///< Of a fixed string: filled up with spaces, not with NULs.
};

Datatype read_datatype(ByteCursor cursor);

/// Sizes of the axes; rank 0 is a scalar. Nothing for a "null" dataspace.
std::optional<std::vector<std::uint64_t>> read_dataspace(const Image& image, ByteCursor cursor);

/// The product. Throws kMalformed on overflow.
std::uint64_t count_elements(const std::vector<std::uint64_t>& dims);

}  // namespace weir::hdf5
