#pragma once

#include "layers/layer.h"

namespace weir::layers {

/// (batch, channels, spatial…) as (batch, spatial…, channels), the layout of all kernels.
ValueId to_channels_last(LayerCall& call, ValueId value);
/// And back.
ValueId to_channels_first(LayerCall& call, ValueId value);

}  // namespace weir::layers
