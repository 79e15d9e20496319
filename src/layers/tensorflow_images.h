#pragma once

#include <string_view>

#include "layers/tensorflow_functions.h"

namespace weir::layers {

/// How a function of tf.image is lowered; null for any other.
LowerFunction find_tensorflow_image(std::string_view name);

}  // namespace weir::layers
