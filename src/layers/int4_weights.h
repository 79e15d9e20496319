#pragma once

#include "keras/record.h"

namespace weir::layers {

/// Replaces the weights that Keras quantised as int4 by the numbers that they stand for, and, where
/// it leaves the inputs as they are, the config's types by those from before: what Keras computes
/// with them is what it computes with the floats. They take memory of their own, unlike those in a
/// mapped file.
///
/// Throws kMalformed where the weights do not fit each other. Leaves layers alone that Keras does
/// not quantise in this way.
void restore_int4(keras::LayerRecord& layer);

}  // namespace weir::layers
