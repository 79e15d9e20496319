#pragma once

#include <functional>

#include "keras/hdf5/image.h"

namespace weir::hdf5 {

/// Calls `visit` for every record of a version 2 B-tree (specification, section III.A.2), whose
/// type must be `type`.
void for_each_record(Image& image, Address header, unsigned type,
                     const std::function<void(ByteCursor record)>& visit);

}  // namespace weir::hdf5
