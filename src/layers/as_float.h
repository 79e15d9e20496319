#pragma once

#include "layers/layer.h"

namespace weir::layers {

/// The type that a tensor which the model declares as `declared` has while a graph runs.
DType executable_type(DType declared);

/// `value` cast to float32, where it is not of that type already.
ValueId as_float(LayerCall& call, ValueId value);

/// `value` cast to int32, where it is bool.
ValueId as_number(LayerCall& call, ValueId value);

}  // namespace weir::layers
