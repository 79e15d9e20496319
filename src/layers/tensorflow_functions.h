#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "layers/layer.h"

namespace weir::layers {

using LowerFunction = std::vector<ValueId> (*)(LayerCall& call);
/// By TensorFlow's name.
using LowerFunctions = std::map<std::string_view, LowerFunction>;

/// How a function of TensorFlow is lowered that keras.ops has not, or has with another meaning;
/// null for any other. The call's arguments are TensorFlow's.
LowerFunction find_tensorflow_function(std::string_view name);

}  // namespace weir::layers
