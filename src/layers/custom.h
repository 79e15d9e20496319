#pragma once

#include "layers/layer.h"
#include "weir/custom_layer.h"

namespace weir::layers {

/// How a layer is lowered that the program computes: to one operation, on all tensors of the call.
Lower lower_custom(CustomLayer layer);

}  // namespace weir::layers
