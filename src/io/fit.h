#pragma once

#include "weir/tensor.h"

namespace weir {

/// The shape that data take on the way into an input: their own, or, as Keras has it, with a last
/// axis of size 1 added or taken away. Axis 0 counts rows and is not compared. Throws
/// kInvalidArgument, with what to do about it, for data that do not fit.
Shape fit_to_input(const Shape& data, const TensorSpec& input);

}  // namespace weir
