#pragma once

#include "layers/tensorflow_functions.h"

namespace weir::layers {

/// Functions that tell sizes, or make tensors of given ones.
const LowerFunctions& tensorflow_sizes();

}  // namespace weir::layers
