#pragma once

#include <cstddef>

#include "weir/tensor.h"

namespace weir::session {

/// Copies `count` elements and casts them to an executable type (float32, int32 or bool) on the
/// way, as NumPy does, except that an integer out of range becomes the nearest int32, so that an
/// index that is out of bounds stays so. NaN becomes the integer 0. `from` needs no alignment.
void convert_elements(DType from_type, const void* from, DType to_type, void* to,
                      std::size_t count);

}  // namespace weir::session
