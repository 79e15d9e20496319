#pragma once

#include "layers/tensorflow_functions.h"

namespace weir::layers {

/// How functions of tf.image are lowered.
const LowerFunctions& tensorflow_images();

}  // namespace weir::layers
