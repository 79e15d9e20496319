#pragma once

#include <memory>
#include <vector>

#include "graph/operation.h"
#include "weir/custom_layer.h"

namespace weir::ops {

/// A layer that the program computes. `description` comes without weights: they are `weights`.
graph::OperationPtr make_custom(std::shared_ptr<const CustomLayer> layer,
                                LayerDescription description, std::vector<graph::Constant> weights);

}  // namespace weir::ops
