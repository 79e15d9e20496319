#pragma once

#include "layers/tensorflow_functions.h"

namespace weir::layers {

/// Functions that take parts out of tensors, put some in, or slide over them; null for any other.
LowerFunction find_tensorflow_array(std::string_view name);

}  // namespace weir::layers
