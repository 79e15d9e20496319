#pragma once

#include "kernels/reduce.h"
#include "layers/layer.h"

namespace weir::layers {

/// The first tensor that an operation is called on. Throws kInvalidArgument where there is none.
ValueId first_input(const LayerCall& call);

/// `x` reduced over the axes, and with the `keepdims`, that the operation's config or call names:
/// over all of them where it names none. Computed in the type in which Keras does.
ValueId add_reduce(LayerCall& call, kernels::ReduceKind kind, ValueId x);

}  // namespace weir::layers
