#pragma once

#include "keras/record.h"

namespace weir::layers {

/// Gives all layers of a model whose weights are in another form plain ones: once, so that the
/// layers know of no other form. Throws kMalformed for weights that do not fit each other, with the
/// layer as the place.
void restore_weights(keras::ModelRecord& model);

}  // namespace weir::layers
