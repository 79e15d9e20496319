#pragma once

#include "layers/layer.h"

namespace weir::layers {

/// `input` through the activation that a config names: null (none), "relu", a serialised function
/// ({"class_name": "function", "config": "relu"}) or a serialised activation layer. Throws
/// kUnsupported for one that Weir does not know, kMalformed for what is none of these.
ValueId add_activation(LayerCall& call, const Json& activation, ValueId input);

}  // namespace weir::layers
