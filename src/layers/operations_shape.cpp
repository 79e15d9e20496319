#include <algorithm>

#include "base/checked.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/gather.h"

/// Operations of keras.ops that give a tensor another shape or another order of axes.
namespace weir::layers {
namespace {

Shape to_shape(const std::vector<std::int64_t>& sizes) { return Shape(std::span(sizes)); }

std::vector<ValueId> reshape(LayerCall& call) {
  const Config config = call.config();
  const char* key = config.has("newshape") ? "newshape" : "shape";
  return {add_reshape(call, call.input(), to_shape(config.integers(key)))};
}

std::vector<ValueId> ravel(LayerCall& call) { return {add_reshape(call, call.input(), {-1})}; }

std::vector<ValueId> expand_dims(LayerCall& call) {
  const Shape shape = call.shape(call.input());
  const std::size_t added = call.config().integers("axis").size();
  const std::vector<std::size_t> axes = to_axes(call.config(), "axis", shape.rank() + added);
  Shape target;
  std::size_t from = 0;
  for (std::size_t axis = 0; axis < shape.rank() + added; ++axis) {
    target.push_back(std::ranges::find(axes, axis) != axes.end() ? 1 : shape[from++]);
  }
  return {add_reshape(call, call.input(), target)};
}

/// The axes of size 1 go, or those that are named. The batch axis goes only when it is named: its
/// size may be 1 now and another one later.
std::vector<ValueId> squeeze(LayerCall& call) {
  const Shape shape = call.shape(call.input());
  const bool named = call.config().has("axis");
  const std::vector<std::size_t> axes = to_axes(call.config(), "axis", shape.rank());
  Shape target;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    const bool goes =
        named ? std::ranges::find(axes, axis) != axes.end() : axis > 0 && shape[axis] == 1;
    require(!goes || shape[axis] == 1, ErrorCode::kInvalidArgument,
            "axis {} of the shape {} cannot be squeezed", axis, to_string(shape));
    if (!goes) target.push_back(shape[axis]);
  }
  return {add_reshape(call, call.input(), target)};
}

std::vector<ValueId> transpose(LayerCall& call) {
  const std::size_t rank = call.shape(call.input()).rank();
  std::vector<std::size_t> permutation = to_axes(call.config(), "axes", rank);
  if (!call.config().has("axes")) {
    permutation = all_axes(rank);
    std::ranges::reverse(permutation);
  }
  return {add_transpose(call, call.input(), std::move(permutation))};
}

std::vector<ValueId> swapaxes(LayerCall& call) {
  const Config config = call.config();
  std::vector<std::size_t> permutation = all_axes(call.shape(call.input()).rank());
  std::swap(permutation[to_axis(config.integer("axis1", 0), permutation.size())],
            permutation[to_axis(config.integer("axis2", 0), permutation.size())]);
  return {add_transpose(call, call.input(), std::move(permutation))};
}

std::vector<ValueId> moveaxis(LayerCall& call) {
  constexpr auto kUnset = static_cast<std::size_t>(-1);
  const std::size_t rank = call.shape(call.input()).rank();
  const std::vector<std::size_t> from = to_axes(call.config(), "source", rank);
  const std::vector<std::size_t> to = to_axes(call.config(), "destination", rank);
  require(from.size() == to.size(), ErrorCode::kMalformed, "{} axes cannot move to {} places",
          from.size(), to.size());
  std::vector<std::size_t> permutation(rank, kUnset);
  std::vector<std::size_t> others = all_axes(rank);
  for (std::size_t i = 0; i < from.size(); ++i) {
    permutation[to[i]] = from[i];
    std::erase(others, from[i]);
  }
  require(others.size() + from.size() == rank, ErrorCode::kMalformed, "an axis moves twice");
  std::size_t next = 0;
  for (std::size_t& axis : permutation) {
    if (axis == kUnset) axis = others.at(next++);
  }
  return {add_transpose(call, call.input(), std::move(permutation))};
}

std::vector<ValueId> broadcast_to(LayerCall& call) {
  return {add_broadcast(call, call.input(), to_shape(call.config().integers("shape")))};
}

}  // namespace

void register_operations_shape(Registry& registry) {
  registry.add_operation("Reshape", reshape);
  registry.add_operation("Ravel", ravel);
  registry.add_operation("ExpandDims", expand_dims);
  registry.add_operation("Squeeze", squeeze);
  registry.add_operation("Transpose", transpose);
  registry.add_operation("Swapaxes", swapaxes);
  registry.add_operation("Moveaxis", moveaxis);
  registry.add_operation("BroadcastTo", broadcast_to);
}

}  // namespace weir::layers
