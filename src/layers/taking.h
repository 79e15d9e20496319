#pragma once

#include "layers/layer.h"

namespace weir::layers {

/// The parts of `x` along `axis` at computed int32 positions, whose axes stand in its place:
/// numpy.take. The first `batch_axes` axes (at most `axis`) are the same in both, and each of their
/// places is a case of its own. A negative position counts from the end.
ValueId add_take(LayerCall& call, ValueId x, ValueId positions, std::size_t axis,
                 std::size_t batch_axes = 0);

}  // namespace weir::layers
