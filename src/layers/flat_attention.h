#pragma once

#include "layers/sublayers.h"

namespace weir::layers {

/// What attends, to what.
struct AttentionInputs {
  ValueId queries;
  ValueId keys;
  ValueId values;
};

/// An attention of keras-hub's own whose projections are Dense layers, to `inner` elements for all
/// heads and back to `width`.
ValueId add_flat_attention(const Sublayers& layers, std::int64_t heads, std::int64_t inner,
                           std::int64_t width, const AttentionInputs& inputs);

}  // namespace weir::layers
