#include "layers/channels_first.h"

#include <algorithm>
#include <numeric>

#include "base/fail.h"
#include "layers/shaping.h"

namespace weir::layers {
namespace {

std::vector<std::size_t> all_axes(const LayerCall& call, ValueId value) {
  const std::size_t rank = call.shape(value).rank();
  require(rank >= 2, ErrorCode::kInvalidArgument, "the input {} has no channels",
          to_string(call.shape(value)));
  std::vector<std::size_t> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

}  // namespace

ValueId to_channels_last(LayerCall& call, ValueId value) {
  std::vector<std::size_t> axes = all_axes(call, value);
  std::rotate(axes.begin() + 1, axes.begin() + 2, axes.end());
  return add_transpose(call, value, std::move(axes));
}

ValueId to_channels_first(LayerCall& call, ValueId value) {
  std::vector<std::size_t> axes = all_axes(call, value);
  std::rotate(axes.begin() + 1, axes.end() - 1, axes.end());
  return add_transpose(call, value, std::move(axes));
}

}  // namespace weir::layers
