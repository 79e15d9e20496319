#pragma once

#include "layers/layer.h"

/// Keras's rules for masks: what a layer's `compute_mask` says.
namespace weir::layers {

/// Each output has the mask of the input in its place: what a layer that supports masking does
/// unless it says otherwise.
std::vector<Mask> pass_masks(LayerCall& call, std::span<const ValueId> outputs);

/// Where all inputs have masks, what any of them keeps: the merging layers' rule.
std::vector<Mask> join_masks(LayerCall& call, std::span<const ValueId> outputs);

/// A mask as bool, whatever it was given as.
ValueId as_mask(LayerCall& call, ValueId mask);

}  // namespace weir::layers
