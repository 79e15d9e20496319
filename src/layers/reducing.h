#pragma once

#include "kernels/reduce.h"
#include "kernels/scan.h"
#include "layers/layer.h"

namespace weir::layers {

/// `x` reduced over the axes, and with the `keepdims`, that the operation's config or call names:
/// over all of them where it names none. Computed in the type in which Keras does.
ValueId add_reduce(LayerCall& call, kernels::ReduceKind kind, ValueId x);

/// The running sums or products of `x` along the axis that the config names: of all its elements,
/// as a list, where it names none.
ValueId add_scan(LayerCall& call, kernels::ScanKind kind, ValueId x);

}  // namespace weir::layers
