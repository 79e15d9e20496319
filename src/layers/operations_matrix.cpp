#include <algorithm>
#include <array>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/last_axes.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/batch_matmul.h"
#include "ops/concat.h"
#include "ops/gather.h"
#include "ops/reduce.h"

/// Operations of keras.ops on the matrices, or the vectors, in a tensor.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ReduceKind;

/// What lies on one side of a diagonal of the last two axes; zeros elsewhere.
template <bool kLower>
std::vector<ValueId> triangle(LayerCall& call) {
  const ValueId x = first_input(call);
  const Shape& shape = call.shape(x);
  require(shape.rank() >= 2, ErrorCode::kInvalidArgument, "a triangle of the shape {}",
          to_string(shape));
  const std::int64_t rows = shape[shape.rank() - 2];
  const std::int64_t columns = shape.back();
  const std::int64_t k = call.config().integer("k", 0);
  std::vector<double> keeps(static_cast<std::size_t>(checked_mul(rows, columns)));
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      const bool kept = kLower ? column - row <= k : column - row >= k;
      keeps[static_cast<std::size_t>(row * columns + column)] = kept ? 1 : 0;
    }
  }
  const Operand mask = Operand::array(call.path(), keeps, {rows, columns}, DType::kBool);
  return {add_select(call, mask, x, Operand::number(0, call.type(x).dtype != DType::kFloat32))};
}

/// A diagonal of two axes, as a new last axis.
ValueId add_diagonal(LayerCall& call) {
  const Config config = call.config();
  const ValueId x = first_input(call);
  const std::size_t rank = call.shape(x).rank();
  const std::size_t first = to_axis(config.integer("axis1", 0), rank);
  const std::size_t second = to_axis(config.integer("axis2", 1), rank);
  require(first != second, ErrorCode::kInvalidArgument, "a diagonal of axis {} alone", first);
  std::vector<std::size_t> permutation;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (axis != first && axis != second) permutation.push_back(axis);
  }
  permutation.insert(permutation.end(), {first, second});
  const std::int64_t rows = call.shape(x)[first];
  const std::int64_t columns = call.shape(x)[second];
  const std::int64_t offset = config.integer("offset", 0);
  std::vector<std::int64_t> positions;
  for (std::int64_t row = std::max<std::int64_t>(0, -offset); row < rows; ++row) {
    if (row + offset < columns) positions.push_back(row * columns + row + offset);
  }
  const ValueId moved = add_transpose(call, x, std::move(permutation));
  Shape flat;
  for (std::size_t axis = 0; axis + 2 < rank; ++axis) flat.push_back(call.shape(moved)[axis]);
  flat.push_back(checked_mul(rows, columns));
  return call.add(ops::make_take(rank - 2, std::move(positions)), {add_reshape(call, moved, flat)});
}

std::vector<ValueId> diagonal(LayerCall& call) { return {add_diagonal(call)}; }

std::vector<ValueId> trace(LayerCall& call) {
  const ValueId x = as_number(call, add_diagonal(call));
  return {call.add(ops::make_reduce(ReduceKind::kSum, {call.shape(x).rank() - 1}, false), {x})};
}

/// By quarter turns, from the first axis to the second.
std::vector<ValueId> rotate(LayerCall& call) {
  ValueId x = first_input(call);
  const std::size_t rank = call.shape(x).rank();
  std::vector<std::size_t> axes = to_axes(call.config(), "axes", rank);
  if (axes.empty()) axes = {to_axis(0, rank), to_axis(1, rank)};
  require(axes.size() == 2 && axes[0] != axes[1], ErrorCode::kMalformed, "a rotation has {} axes",
          axes.size());
  const std::int64_t turns = ((call.config().integer("k", 1) % 4) + 4) % 4;
  if (turns == 2) return {add_flip(call, add_flip(call, x, axes[0]), axes[1])};
  if (turns == 1) x = add_flip(call, x, axes[1]);
  if (turns != 0) {
    std::vector<std::size_t> permutation = all_axes(rank);
    std::swap(permutation[axes[0]], permutation[axes[1]]);
    x = add_transpose(call, x, std::move(permutation));
  }
  return {turns == 3 ? add_flip(call, x, axes[1]) : x};
}

/// Tensor operands of a product, in floats.
std::array<ValueId, 2> factors(LayerCall& call) {
  const std::optional<ValueId> a = operand_of(call, 0, {"x1"}).value();
  const std::optional<ValueId> b = operand_of(call, 1, {"x2"}).value();
  require(a && b, ErrorCode::kUnsupported, "products with constant arrays are not supported");
  return {as_float(call, *a), as_float(call, *b)};
}

/// Sums of products over the last `count` axes of `a` and the first ones of `b`, whose other axes
/// the result has in this order.
ValueId contract(LayerCall& call, ValueId a, ValueId b, std::size_t count) {
  const Shape left = call.shape(a);
  const Shape right = call.shape(b);
  require(count <= left.rank() && count <= right.rank(), ErrorCode::kInvalidArgument,
          "a product over {} axes of {} and {}", count, to_string(left), to_string(right));
  Shape result;
  std::int64_t rows = 1;
  std::int64_t inner = 1;
  std::int64_t columns = 1;
  for (std::size_t axis = 0; axis < left.rank(); ++axis) {
    const bool kept = axis + count < left.rank();
    std::int64_t& size = kept ? rows : inner;
    size = checked_mul(size, left[axis]);
    if (kept) result.push_back(left[axis]);
  }
  for (std::size_t axis = 0; axis < right.rank(); ++axis) {
    if (axis >= count) {
      columns = checked_mul(columns, right[axis]);
      result.push_back(right[axis]);
      continue;
    }
    require(right[axis] == left[left.rank() - count + axis], ErrorCode::kInvalidArgument,
            "a product over {} axes of {} and {}", count, to_string(left), to_string(right));
  }
  const ValueId product =
      call.add(ops::make_batch_matmul(),
               {add_reshape(call, a, {rows, inner}), add_reshape(call, b, {inner, columns})});
  return add_reshape(call, product, result);
}

/// `axes` in front or at the end, the others in their order.
ValueId with_axes_at(LayerCall& call, ValueId x, const std::vector<std::size_t>& axes, bool front) {
  std::vector<std::size_t> others;
  for (std::size_t axis = 0; axis < call.shape(x).rank(); ++axis) {
    if (std::ranges::find(axes, axis) == axes.end()) others.push_back(axis);
  }
  others.insert(front ? others.begin() : others.end(), axes.begin(), axes.end());
  return add_transpose(call, x, std::move(others));
}

/// A number of axes, or the axes of either tensor.
std::vector<ValueId> tensordot(LayerCall& call) {
  const auto [a, b] = factors(call);
  const Json axes = call.config().json().value("axes", Json(2));
  if (!axes.is_array()) {
    const std::int64_t count = call.config().integer("axes", 2);
    require(count >= 0, ErrorCode::kInvalidArgument, "a product over {} axes", count);
    return {contract(call, a, b, static_cast<std::size_t>(count))};
  }
  require(axes.size() == 2, ErrorCode::kMalformed, "axes for {} tensors", axes.size());
  const Json sides = {{"a", axes[0]}, {"b", axes[1]}};
  const auto of_a = to_axes(Config(sides), "a", call.shape(a).rank());
  const auto of_b = to_axes(Config(sides), "b", call.shape(b).rank());
  require(of_a.size() == of_b.size(), ErrorCode::kInvalidArgument, "{} axes meet {}", of_a.size(),
          of_b.size());
  return {contract(call, with_axes_at(call, a, of_a, false), with_axes_at(call, b, of_b, true),
                   of_a.size())};
}

std::vector<ValueId> outer(LayerCall& call) {
  const auto [a, b] = factors(call);
  return {contract(call, add_reshape(call, a, {Shape::kFree}), add_reshape(call, b, {Shape::kFree}),
                   0)};
}

/// Over the last axis of both.
std::vector<ValueId> inner(LayerCall& call) {
  const auto [a, b] = factors(call);
  const std::size_t rank = call.shape(b).rank();
  require(rank > 0, ErrorCode::kUnsupported, "a product with a scalar");
  return {contract(call, a, with_axes_at(call, b, {rank - 1}, true), 1)};
}

std::vector<ValueId> dot_of_all(LayerCall& call) {
  const auto [a, b] = factors(call);
  return {contract(call, add_reshape(call, a, {Shape::kFree}), add_reshape(call, b, {Shape::kFree}),
                   1)};
}

/// Of truth values, whether they differ.
std::vector<ValueId> difference(LayerCall& call) {
  ValueId x = first_input(call);
  const bool is_truth = call.type(x).dtype == DType::kBool;
  const std::size_t axis = to_axis(call.config().integer("axis", -1), call.shape(x).rank());
  for (std::int64_t n = call.config().integer("n", 1); n > 0; --n) {
    const std::int64_t size = call.shape(x)[axis];
    if (size == 0) break;
    const ValueId later = add_part(call, x, {axis, 1, 1, size - 1});
    const ValueId earlier = add_part(call, x, {axis, 0, 1, size - 1});
    x = is_truth ? add_comparison(call, kernels::ComparisonKind::kNotEqual, later, earlier)
                 : add_binary(call, BinaryKind::kSubtract, later, earlier);
  }
  return {x};
}

/// Of vectors of three along the last axis.
std::vector<ValueId> cross(LayerCall& call) {
  const Config config = call.config();
  const auto [a, b] = factors(call);
  const std::size_t last = call.shape(a).rank() - 1;
  for (const char* key : {"axisa", "axisb", "axisc", "axis"}) {
    require(to_axis(config.integer(key, -1), last + 1) == last, ErrorCode::kUnsupported,
            "cross products along other axes than the last are not supported");
  }
  require(
      call.shape(a).back() == 3 && call.shape(b).back() == 3 && call.shape(b).rank() == last + 1,
      ErrorCode::kUnsupported, "cross products of other vectors than of 3 are not supported");
  const auto product = [&call, last, a = a, b = b](std::int64_t i, std::int64_t j) {
    return add_binary(call, BinaryKind::kMultiply, add_part(call, a, {last, i, 1, 1}),
                      add_part(call, b, {last, j, 1, 1}));
  };
  std::vector<ValueId> parts;
  for (std::int64_t i = 0; i < 3; ++i) {
    const std::int64_t j = (i + 1) % 3;
    const std::int64_t k = (i + 2) % 3;
    parts.push_back(add_binary(call, BinaryKind::kSubtract, product(j, k), product(k, j)));
  }
  return {call.add(ops::make_concat(last), std::move(parts))};
}

std::vector<ValueId> append(LayerCall& call) {
  std::vector<ValueId> parts = inputs_of_one_type(call);
  if (!call.config().has("axis")) {
    for (ValueId& value : parts) value = add_reshape(call, value, {Shape::kFree});
  }
  const std::size_t axis =
      to_axis(call.config().integer("axis", 0), call.shape(parts.front()).rank());
  return {call.add(ops::make_concat(axis), std::move(parts))};
}

}  // namespace

void register_operations_matrix(Registry& registry) {
  registry.add_operation("Tril", triangle<true>);
  registry.add_operation("Triu", triangle<false>);
  registry.add_operation("Diagonal", diagonal);
  registry.add_operation("Trace", trace);
  registry.add_operation("Rot90", rotate);
  registry.add_operation("Tensordot", tensordot);
  registry.add_operation("Outer", outer);
  registry.add_operation("Inner", inner);
  registry.add_operation("Vdot", dot_of_all);
  registry.add_operation("Cross", cross);
  registry.add_operation("Diff", difference);
  registry.add_operation("Append", append);
}

}  // namespace weir::layers
