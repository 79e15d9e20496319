#pragma once

#include "layers/layer.h"

namespace weir::layers {

/// `value` in the type that the model declares for it, where it is an input that graphs narrow:
/// identifiers of 64 bits.
ValueId as_declared(LayerCall& call, ValueId value);

}  // namespace weir::layers
