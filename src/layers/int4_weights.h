#pragma once

#include "keras/record.h"

namespace weir::layers {

/// Replaces the weights that Keras quantised as int4 by the numbers that they stand for, and the
/// config's types by those from before: what Keras computes with them is what it computes with the
/// floats, since it leaves the inputs as they are. They take memory of their own, unlike those in a
/// mapped file.
///
/// Throws kMalformed where the weights do not fit each other, and kUnsupported where the inputs are
/// to be quantised, too. Leaves classes alone that Keras does not quantise.
void restore_int4(keras::ModelRecord& model);

}  // namespace weir::layers
