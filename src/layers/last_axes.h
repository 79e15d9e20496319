#pragma once

#include <vector>

#include "layers/layer.h"

namespace weir::layers {

/// A tensor with some of its axes moved to the end, and how to undo that.
struct LastAxes {
  ValueId value = 0;
  std::size_t count = 0;  ///< Of the moved axes.
  std::vector<std::size_t> permutation;
};

/// Moves `axes` of `input` to the end, in rising order. Costs nothing where they are there already.
LastAxes move_last(LayerCall& call, ValueId input, std::vector<std::size_t> axes);

/// `result`, of the shape of the moved tensor, with its axes back in their places.
ValueId move_back(LayerCall& call, const LastAxes& moved, ValueId result);

}  // namespace weir::layers
