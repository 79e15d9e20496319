#pragma once

#include "keras/hdf5/datatype.h"
#include "keras/hdf5/object_header.h"
#include "weir/tensor.h"

namespace weir::hdf5 {

/// The elements of a dataset, in C order and as stored. Contiguous ones share the file's bytes, all
/// others are a buffer of their own.
struct Array {
  Datatype type;
  Shape shape;
  SharedBytes data;
};

/// Reads a dataset from its messages: compact, contiguous and chunked layouts (specification,
/// section IV.A.2.i; chunks indexed by a version 1 B-tree, single, implicit or in a fixed array).
/// Throws kMalformed, kUnsupported for other layouts and for elements that were never written.
Array read_array(Image& image, const Messages& messages);

}  // namespace weir::hdf5
