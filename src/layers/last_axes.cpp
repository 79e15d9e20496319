#include "layers/last_axes.h"

#include <algorithm>

#include "layers/shaping.h"

namespace weir::layers {

LastAxes move_last(LayerCall& call, ValueId input, std::vector<std::size_t> axes) {
  std::sort(axes.begin(), axes.end());
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  LastAxes moved{input, axes.size(), {}};
  for (std::size_t axis = 0; axis < call.shape(input).rank(); ++axis) {
    if (!std::binary_search(axes.begin(), axes.end(), axis)) moved.permutation.push_back(axis);
  }
  moved.permutation.insert(moved.permutation.end(), axes.begin(), axes.end());
  moved.value = add_transpose(call, input, moved.permutation);
  return moved;
}

ValueId move_back(LayerCall& call, const LastAxes& moved, ValueId result) {
  std::vector<std::size_t> inverse(moved.permutation.size());
  for (std::size_t i = 0; i < inverse.size(); ++i) inverse[moved.permutation[i]] = i;
  return add_transpose(call, result, inverse);
}

}  // namespace weir::layers
