#pragma once

#include <string_view>
#include <vector>

#include "layers/layer.h"

namespace weir::layers {

/// Another operation of keras.ops as a part of `call`: on the given tensors, which are its
/// arguments in their order, with the given config and other arguments by name.
std::vector<ValueId> add_keras_operation(LayerCall& call, std::string_view class_name,
                                         const Json& config, std::vector<ValueId> inputs,
                                         const Json& named = Json::object());

}  // namespace weir::layers
