#include <algorithm>
#include <limits>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/last_axes.h"
#include "layers/reducing.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/decompositions.h"
#include "ops/reduce.h"
#include "ops/unary.h"

/// keras.ops.norm, of vectors along one axis or of matrices along two.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ReduceKind;
using kernels::UnaryKind;

ValueId absolute(LayerCall& call, ValueId x) {
  return call.add(ops::make_unary({UnaryKind::kAbs}), {x});
}

bool is_infinite(const Json& order, int sign) {
  if (!order.is_number()) return order == (sign > 0 ? "inf" : "-inf");
  return sign * order.get<double>() == std::numeric_limits<double>::infinity();
}

/// Over whatever axes there are.
ValueId euclidean(LayerCall& call, ValueId x) {
  const ValueId square = call.add(ops::make_unary({UnaryKind::kSquare}), {x});
  return call.add(ops::make_unary({UnaryKind::kSqrt}),
                  {add_reduce(call, ReduceKind::kSum, square)});
}

/// (sum |x|^p)^(1/p)
ValueId power_norm(LayerCall& call, ValueId x, double p) {
  const ValueId powers = add_binary(call, BinaryKind::kPower, absolute(call, x), Operand::real(p));
  return add_binary(call, BinaryKind::kPower, add_reduce(call, ReduceKind::kSum, powers),
                    Operand::real(1 / p));
}

ValueId vector_norm(LayerCall& call, ValueId x, const Json& order) {
  if (order == 2) return euclidean(call, x);
  if (order == 1) return add_reduce(call, ReduceKind::kSum, absolute(call, x));
  if (is_infinite(order, 1)) return add_reduce(call, ReduceKind::kMaximum, absolute(call, x));
  if (is_infinite(order, -1)) return add_reduce(call, ReduceKind::kMinimum, absolute(call, x));
  require(order.is_number(), ErrorCode::kUnsupported, "the norm {} of vectors is not supported",
          order.dump());
  if (order != 0) return power_norm(call, x, order.get<double>());
  const ValueId is_set =
      add_comparison(call, kernels::ComparisonKind::kNotEqual, x, Operand::real(0));
  return add_reduce(call, ReduceKind::kSum, add_cast(call, DType::kFloat32, is_set));
}

/// The extreme, over `across`, of the sums of magnitudes along `along`.
ValueId extreme_of_sums(LayerCall& call, ValueId x, std::size_t along, std::size_t across,
                        ReduceKind extreme) {
  const ValueId sums = call.add(ops::make_reduce(ReduceKind::kSum, {along}, /*keeps_axes=*/true),
                                {absolute(call, x)});
  return call.add(ops::make_reduce(extreme, {across}, /*keeps_axes=*/true), {sums});
}

ValueId reduced_singular_values(LayerCall& call, ValueId x, const std::vector<std::size_t>& axes,
                                ReduceKind kind) {
  const ValueId values = call.add_many(ops::make_singular_values(ops::Vectors::kReduced),
                                       {move_last(call, x, axes).value})[1];
  return call.add(ops::make_reduce(kind, {call.shape(values).rank() - 1}, false), {values});
}

ValueId matrix_norm(LayerCall& call, ValueId x, const std::vector<std::size_t>& axes,
                    const Json& order) {
  const std::size_t rows = axes[0];
  const std::size_t columns = axes[1];
  if (order == 1) return extreme_of_sums(call, x, rows, columns, ReduceKind::kMaximum);
  if (order == -1) return extreme_of_sums(call, x, rows, columns, ReduceKind::kMinimum);
  if (is_infinite(order, 1)) {
    return extreme_of_sums(call, x, columns, rows, ReduceKind::kMaximum);
  }
  if (is_infinite(order, -1)) {
    return extreme_of_sums(call, x, columns, rows, ReduceKind::kMinimum);
  }
  if (order == 2) return reduced_singular_values(call, x, axes, ReduceKind::kMaximum);
  if (order == -2) return reduced_singular_values(call, x, axes, ReduceKind::kMinimum);
  if (order == "nuc") return reduced_singular_values(call, x, axes, ReduceKind::kSum);
  fail(ErrorCode::kUnsupported, "the norm {} of matrices is not supported", order.dump());
}

std::vector<ValueId> norm(LayerCall& call) {
  const Config config = call.config();
  const ValueId x = as_float(call, first_input(call));
  const Shape shape = call.shape(x);
  const Json order = config.json().value("ord", Json());
  const std::vector<std::size_t> axes = axes_or_all(config, "axis", shape.rank());
  if (order.is_null() || order == "fro") return {euclidean(call, x)};
  if (axes.size() == 1) return {vector_norm(call, x, order)};
  require(axes.size() == 2 && axes[0] != axes[1], ErrorCode::kInvalidArgument,
          "the norm {} over {} axes", order.dump(), axes.size());
  Shape target;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    const bool goes = std::ranges::find(axes, axis) != axes.end();
    if (!goes || config.boolean("keepdims", false)) target.push_back(goes ? 1 : shape[axis]);
  }
  return {add_reshape(call, matrix_norm(call, x, axes, order), target)};
}

}  // namespace

void register_operations_norm(Registry& registry) { registry.add_operation("Norm", norm); }

}  // namespace weir::layers
