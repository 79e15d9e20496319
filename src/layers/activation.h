#pragma once

#include <optional>

#include "kernels/unary.h"
#include "layers/layer.h"

namespace weir::layers {

/// `input` through the activation that a config names: null (none), "relu", a serialised function
/// ({"class_name": "function", "config": "relu"}) or a serialised activation layer. Throws
/// kUnsupported for one that Weir does not know, kMalformed for what is none of these.
ValueId add_activation(LayerCall& call, const Json& activation, ValueId input);

/// The same activation as a function of single elements; nothing for one that is none or is given
/// as a layer. `call` tells which Keras wrote it.
std::optional<kernels::Unary> unary_activation(const LayerCall& call, const Json& activation);

}  // namespace weir::layers
