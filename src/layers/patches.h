#pragma once

#include "layers/sublayers.h"

namespace weir::layers {

/// What an image is cut into: the vectors that a convolution makes, one after the other, (batch,
/// patches, width).
struct Patches {
  std::int64_t width = 0;
  std::vector<std::int64_t> size = {};  ///< Of a patch: (height, width).
  bool has_bias = true;
  bool channels_first = false;
};

/// By the Conv2D layer at an attribute.
ValueId add_patches(const Sublayers& layers, std::string_view attribute, const Patches& patches,
                    ValueId images);

/// Adds as many vectors of the Embedding layer at `position_embedding` as there are, those that
/// variable `index`, (1, positions), numbers. Throws kInvalidArgument where there are too few.
ValueId add_numbered_positions(const Sublayers& layers, std::size_t index, std::int64_t positions,
                               ValueId input);

/// Vectors before those that there are: variable `index`, of the given shape.
ValueId add_tokens_before(const Sublayers& layers, std::size_t index, const Shape& shape,
                          ValueId input);

}  // namespace weir::layers
