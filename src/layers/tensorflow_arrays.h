#pragma once

#include "layers/tensorflow_functions.h"

namespace weir::layers {

/// Functions that take parts out of tensors, put some in, or slide over them.
const LowerFunctions& tensorflow_arrays();

}  // namespace weir::layers
