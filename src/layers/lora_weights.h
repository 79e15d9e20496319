#pragma once

#include "keras/record.h"

namespace weir::layers {

/// Adds the low-rank matrices that a layer was tuned with to the kernel that they change. Legacy
/// `.h5` files have them beside each other; all other files have the sum.
///
/// Throws kMalformed where the matrices do not fit. The sum takes memory of its own.
void merge_lora(keras::LayerRecord& layer);

}  // namespace weir::layers
