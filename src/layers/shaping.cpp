#include "layers/shaping.h"

#include <algorithm>
#include <numeric>

#include "base/checked.h"
#include "layers/operand.h"
#include "ops/reshape.h"
#include "ops/take_along.h"
#include "ops/transpose.h"

namespace weir::layers {
namespace {

/// `target` with its -1, if any, replaced by what makes it `elements` elements.
Shape resolved(Shape target, std::int64_t elements) {
  std::int64_t known = 1;
  std::int64_t* unknown = nullptr;
  for (std::size_t axis = 0; axis < target.rank(); ++axis) {
    if (target[axis] != Shape::kFree) {
      known = checked_mul(known, target[axis]);
      continue;
    }
    require(unknown == nullptr, ErrorCode::kMalformed, "the target shape {} has more than one -1",
            to_string(target));
    unknown = &target[axis];
  }
  if (unknown != nullptr && known != 0) *unknown = elements / known;
  return target;
}

/// Only axes of size 1 change places. The batch axis has to stay for good: its size may be 1 now
/// and another one later.
bool moves_nothing(const Shape& shape, const std::vector<std::size_t>& permutation) {
  std::vector<std::size_t> large;
  for (const std::size_t axis : permutation) {
    if (axis >= shape.rank()) return false;
    if (shape[axis] != 1) large.push_back(axis);
  }
  return !permutation.empty() && permutation[0] == 0 && std::ranges::is_sorted(large);
}

}  // namespace

std::size_t to_axis(std::int64_t axis, std::size_t rank) {
  const auto axes = static_cast<std::int64_t>(rank);
  require(axis >= -axes && axis < axes, ErrorCode::kInvalidArgument,
          "a tensor of {} axes has no axis {}", rank, axis);
  return static_cast<std::size_t>(axis < 0 ? axis + axes : axis);
}

std::vector<std::size_t> to_axes(const Config& config, std::string_view key, std::size_t rank) {
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : config.integers(key)) axes.push_back(to_axis(axis, rank));
  return axes;
}

std::vector<std::size_t> all_axes(std::size_t rank) {
  std::vector<std::size_t> axes(rank);
  std::iota(axes.begin(), axes.end(), std::size_t{0});
  return axes;
}

std::vector<std::size_t> axes_or_all(const Config& config, std::string_view key, std::size_t rank) {
  return config.has(key) ? to_axes(config, key, rank) : all_axes(rank);
}

ValueId add_reshape(LayerCall& call, ValueId value, const Shape& target) {
  const Shape shape = resolved(target, call.shape(value).elements());
  if (shape == call.shape(value)) return value;
  return call.add(ops::make_reshape(shape), {value});
}

ValueId add_transpose(LayerCall& call, ValueId value, std::vector<std::size_t> permutation) {
  const Shape shape = call.shape(value);
  if (permutation.size() != shape.rank() || !moves_nothing(shape, permutation)) {
    return call.add(ops::make_transpose(std::move(permutation)), {value});
  }
  Shape target;
  for (const std::size_t axis : permutation) target.push_back(shape[axis]);
  return add_reshape(call, value, target);
}

ValueId add_broadcast(LayerCall& call, ValueId value, const Shape& target) {
  const Shape input = call.shape(value);
  const auto refuse = [&] {
    fail(ErrorCode::kInvalidArgument, "the shape {} cannot be broadcast to {}", to_string(input),
         to_string(target));
  };
  if (target.rank() < input.rank()) refuse();
  Shape aligned;  // the input with axes of size 1 before it
  for (std::size_t axis = input.rank(); axis < target.rank(); ++axis) aligned.push_back(1);
  for (const std::int64_t size : input) aligned.push_back(size);
  ops::GatherAttributes attributes{.kind = "broadcast"};
  for (std::size_t axis = 0; axis < target.rank(); ++axis) {
    if (target[axis] == aligned[axis] || target[axis] == Shape::kFree) continue;
    if (aligned[axis] != 1) refuse();
    attributes.moves.push_back(ops::repeat_all(axis, target[axis]));
  }
  const ValueId whole = add_reshape(call, value, aligned);
  if (attributes.moves.empty()) return whole;
  return call.add(ops::make_gather(std::move(attributes)), {whole});
}

ValueId add_part(LayerCall& call, ValueId value, const ops::AxisSlice& slice) {
  return call.add(ops::make_slice({&slice, 1}), {value});
}

ValueId add_vectors_at(LayerCall& call, ValueId vectors, ValueId places) {
  const Shape shape = call.shape(vectors);
  const std::int64_t count = call.shape(places)[1];
  const ValueId of_elements =
      add_broadcast(call, add_reshape(call, places, {shape[0], 1, count}), {-1, shape[2], -1});
  const ValueId elements = add_transpose(call, vectors, {0, 2, 1});
  return add_transpose(call, call.add(ops::make_take_along(), {elements, of_elements}), {0, 2, 1});
}

ValueId add_flip(LayerCall& call, ValueId value, std::size_t axis) {
  const std::int64_t size = call.shape(value)[axis];
  return add_part(call, value, {axis, size - 1, -1, size});
}

std::vector<ValueId> inputs_of_one_type(LayerCall& call) {
  require(!call.inputs().empty(), ErrorCode::kInvalidArgument, "is called on no tensor");
  std::vector<ValueId> values(call.inputs().begin(), call.inputs().end());
  DType common = DType::kBool;
  for (const ValueId value : values) {
    const DType dtype = call.type(value).dtype;
    if (dtype == DType::kFloat32 || common == DType::kBool) common = dtype;
  }
  for (ValueId& value : values) value = add_cast(call, common, value);
  return values;
}

}  // namespace weir::layers
