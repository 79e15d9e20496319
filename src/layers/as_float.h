#pragma once

#include "layers/layer.h"

namespace weir::layers {

/// `value` cast to float32, where it is not of that type already.
ValueId as_float(LayerCall& call, ValueId value);

/// `value` cast to int32, where it is bool.
ValueId as_number(LayerCall& call, ValueId value);

}  // namespace weir::layers
