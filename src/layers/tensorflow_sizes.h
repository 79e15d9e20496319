#pragma once

#include "layers/tensorflow_functions.h"

namespace weir::layers {

/// Functions that tell sizes, or make tensors of given ones; null for any other.
LowerFunction find_tensorflow_size(std::string_view name);

}  // namespace weir::layers
