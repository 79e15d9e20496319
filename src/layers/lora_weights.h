#pragma once

#include "keras/record.h"

namespace weir::layers {

/// Adds the low-rank matrices that layers were tuned with to the kernels that they change. Legacy
/// `.h5` files have them beside each other; all other files have the sum.
///
/// Throws kMalformed where the matrices do not fit. The sums take memory of their own.
void merge_lora(keras::ModelRecord& model);

}  // namespace weir::layers
