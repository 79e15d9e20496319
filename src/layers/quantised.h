#pragma once

#include <optional>
#include <vector>

#include "layers/layer.h"

/// Weights that Keras has quantised: whole numbers and how many of them make 1.
namespace weir::layers {

/// Whether the layer's weights are int8, as its dtype policy says. Those of int4 are floats by now
/// (see `restore_int4`). Throws kUnsupported for a policy of another way of quantising.
bool is_int8(const LayerCall& call);

/// Whether its weights are int8, or its input is quantised, or both.
bool is_quantised(const LayerCall& call);

/// Says in the config of a layer in another one that its weights are int8: a quantised model says
/// so at the layers of its graph only.
void mark_if_int8(keras::LayerRecord& layer);

/// A tensor as whole numbers, and how many of them make 1; nothing where it is left as it is.
struct QuantisedInput {
  ValueId numbers = 0;
  std::optional<ValueId> scale;  ///< With size 1 along the axes that share one.
};

/// The input as Keras quantises it before a product with quantised weights: by the largest
/// magnitude along `axes`.
QuantisedInput quantise_input(LayerCall& call, ValueId input, std::vector<std::size_t> axes);

/// What the numbers stand for: `numbers` / scale, the scale being weight `index` under the shape
/// `shape`, which repeats.
ValueId add_scale_weight(LayerCall& call, ValueId numbers, std::size_t index, const Shape& shape);

}  // namespace weir::layers
