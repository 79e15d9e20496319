#include <cmath>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/reduce.h"
#include "ops/softmax.h"
#include "ops/take_along.h"
#include "ops/unary.h"

/// Operations of keras.ops.nn that compare predictions with targets.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ReduceKind;
using kernels::UnaryKind;

constexpr double kEpsilon = 1e-7;  // Of keras.config.epsilon(), which a file does not keep.

struct Comparison {
  Operand target;
  ValueId output;
  bool from_logits;
};

Comparison comparison_of(LayerCall& call) {
  return {operand_of(call, 0, {"target"}), as_value(call, float_operand(call, 1, {"output"})),
          call.config().boolean("from_logits", false)};
}

ValueId apply(LayerCall& call, UnaryKind kind, ValueId x) {
  return call.add(ops::make_unary({kind}), {x});
}

ValueId multiply(LayerCall& call, const Operand& a, const Operand& b) {
  return add_binary(call, BinaryKind::kMultiply, a, b);
}

/// Probabilities that have a logarithm.
ValueId clipped(LayerCall& call, ValueId x) {
  return call.add(ops::make_unary(kernels::clip(kEpsilon, 1 - static_cast<float>(kEpsilon))), {x});
}

/// max(x, 0) - x z + log(1 + exp(-|x|))
ValueId of_logits(LayerCall& call, const Operand& target, ValueId x) {
  const ValueId decay = add_affine(call, -1, 0, apply(call, UnaryKind::kAbs, x));
  const ValueId rest = apply(call, UnaryKind::kLog1p, apply(call, UnaryKind::kExp, decay));
  const ValueId linear =
      add_binary(call, BinaryKind::kSubtract, call.add(ops::make_unary(kernels::relu()), {x}),
                 multiply(call, x, target));
  return add_binary(call, BinaryKind::kAdd, linear, rest);
}

std::vector<ValueId> binary_crossentropy(LayerCall& call) {
  const Comparison given = comparison_of(call);
  if (given.from_logits) return {of_logits(call, given.target, given.output)};
  const ValueId x = clipped(call, given.output);
  const ValueId hit = multiply(call, given.target, apply(call, UnaryKind::kLog, x));
  const ValueId miss =
      multiply(call, add_binary(call, BinaryKind::kSubtract, Operand::real(1), given.target),
               apply(call, UnaryKind::kLog, add_affine(call, -1, 1, x)));
  return {add_affine(call, -1, 0, add_binary(call, BinaryKind::kAdd, hit, miss))};
}

ValueId sum_along(LayerCall& call, ValueId x, std::size_t axis, bool keeps) {
  return call.add(ops::make_reduce(ReduceKind::kSum, {axis}, keeps), {x});
}

std::vector<ValueId> categorical_crossentropy(LayerCall& call) {
  const Comparison given = comparison_of(call);
  const std::size_t axis =
      to_axis(call.config().integer("axis", -1), call.shape(given.output).rank());
  ValueId logarithm = 0;
  if (given.from_logits) {
    logarithm = call.add(ops::make_log_softmax(axis), {given.output});
  } else {
    const ValueId whole = sum_along(call, given.output, axis, /*keeps=*/true);
    const ValueId shares = clipped(call, add_division(call, given.output, whole));
    logarithm = apply(call, UnaryKind::kLog, shares);
  }
  const ValueId sum =
      sum_along(call, multiply(call, given.target, logarithm), axis, /*keeps=*/false);
  return {add_affine(call, -1, 0, sum)};
}

/// Targets are the classes' numbers.
std::vector<ValueId> sparse_categorical_crossentropy(LayerCall& call) {
  const Comparison given = comparison_of(call);
  const Shape shape = call.shape(given.output);
  require(to_axis(call.config().integer("axis", -1), shape.rank()) + 1 == shape.rank(),
          ErrorCode::kUnsupported, "classes along another axis than the last");
  ValueId logits = given.output;
  if (!given.from_logits) logits = apply(call, UnaryKind::kLog, clipped(call, logits));
  const ValueId logarithm = call.add(ops::make_log_softmax(shape.rank() - 1), {logits});
  Shape column = shape;
  column[shape.rank() - 1] = 1;
  const ValueId classes =
      add_reshape(call, add_cast(call, DType::kInt32, as_value(call, given.target)), column);
  const ValueId found = call.add(ops::make_take_along(), {logarithm, classes});
  return {add_affine(call, -1, 0,
                     add_reshape(call, found, Shape(shape.dims().first(shape.rank() - 1))))};
}

/// Of all elements together, in decibels.
std::vector<ValueId> peak_signal_to_noise(LayerCall& call) {
  const ValueId squares =
      add_binary(call, BinaryKind::kSquaredDifference, float_operand(call, 0, {"x1"}),
                 float_operand(call, 1, {"x2"}));
  const std::vector<std::size_t> all = all_axes(call.shape(squares).rank());
  const ValueId mean = call.add(ops::make_reduce(ReduceKind::kMean, all, false), {squares});
  const double peak = 20 * std::log10(call.config().number("max_val", 1.0));
  return {add_affine(call, -10, peak, apply(call, UnaryKind::kLog10, mean))};
}

}  // namespace

void register_operations_loss(Registry& registry) {
  registry.add_operation("BinaryCrossentropy", binary_crossentropy);
  registry.add_operation("CategoricalCrossentropy", categorical_crossentropy);
  registry.add_operation("SparseCategoricalCrossentropy", sparse_categorical_crossentropy);
  registry.add_operation("PSNR", peak_signal_to_noise);
}

}  // namespace weir::layers
