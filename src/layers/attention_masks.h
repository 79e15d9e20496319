#pragma once

#include "layers/layer.h"

/// Arguments and masks of the attention layers of keras-hub.
namespace weir::layers {

/// A tensor that the call gives, or nothing.
std::optional<ValueId> tensor_argument(const LayerCall& call, std::size_t position,
                                       std::string_view name);

/// The tensor that the layer is called on, whose argument has the name, cast to float32. Throws
/// kInvalidArgument where there is none.
ValueId main_argument(LayerCall& call, std::string_view name);

/// Where in a call masks are: those of keys, (batch, keys), and those of scores, (batch, queries,
/// keys).
struct MaskArguments {
  std::size_t position;  ///< Of the first; the second comes right behind it.
  const char* of_keys;
  const char* of_scores = nullptr;  ///< Null where there are none.
};

/// Both, where they are given, as masks of an attention: (batch, 1, queries or 1, keys). For want
/// of the first one the mask that the first tensor has.
std::vector<ValueId> score_masks(LayerCall& call, const MaskArguments& arguments);

/// Throws kUnsupported for a call that reads and writes a cache of keys, as generation does.
void refuse_cache(const LayerCall& call);

/// The first output has the first input's mask.
std::vector<Mask> pass_first_mask(LayerCall& call, std::span<const ValueId> outputs);

}  // namespace weir::layers
