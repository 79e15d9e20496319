#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/batch_matmul.h"
#include "ops/linear_algebra.h"
#include "ops/reduce.h"
#include "ops/unary.h"

/// Operations of keras.ops.linalg, and what else is of square matrices or of pairs of vectors.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::UnaryKind;

ValueId matrices(LayerCall& call) { return as_float(call, first_input(call)); }

/// Of each of the matrices, which are the last two axes.
ValueId matrix_transpose(LayerCall& call, ValueId x) {
  std::vector<std::size_t> permutation = all_axes(call.shape(x).rank());
  require(permutation.size() >= 2, ErrorCode::kInvalidArgument, "a matrix of the shape {}",
          to_string(call.shape(x)));
  std::swap(permutation.back(), permutation[permutation.size() - 2]);
  return add_transpose(call, x, std::move(permutation));
}

template <graph::OperationPtr (*kMake)()>
std::vector<ValueId> of_matrices(LayerCall& call) {
  return call.add_many(kMake(), {matrices(call)});
}

/// The logarithm alone; Keras takes it of positive determinants.
std::vector<ValueId> log_determinant(LayerCall& call) {
  return {call.add_many(ops::make_sign_and_log_determinant(), {matrices(call)})[1]};
}

std::vector<ValueId> cholesky(LayerCall& call) {
  const ValueId factor = call.add(ops::make_cholesky(), {matrices(call)});
  const bool upper = call.config().boolean("upper", false);
  return {upper ? matrix_transpose(call, factor) : factor};
}

/// The inverse of the matrix that a factor is of.
std::vector<ValueId> cholesky_inverse(LayerCall& call) {
  ValueId factor = matrices(call);
  ValueId other = matrix_transpose(call, factor);
  if (call.config().boolean("upper", false)) std::swap(factor, other);
  return {call.add(ops::make_inverse(), {call.add(ops::make_batch_matmul(), {factor, other})})};
}

ValueId add_solve(LayerCall& call, ops::EquationsPart part) {
  const ValueId a = as_value(call, float_operand(call, 0, {"a"}));
  const ValueId b = as_value(call, float_operand(call, 1, {"b"}));
  const Shape sides = call.shape(b);
  if (sides.rank() >= call.shape(a).rank()) return call.add(ops::make_solve(part), {a, b});
  Shape column = sides;
  column.push_back(1);
  return add_reshape(call, call.add(ops::make_solve(part), {a, add_reshape(call, b, column)}),
                     sides);
}

std::vector<ValueId> solve(LayerCall& call) { return {add_solve(call, ops::EquationsPart::kAll)}; }

std::vector<ValueId> solve_triangular(LayerCall& call) {
  const bool lower = call.config().boolean("lower", false);
  return {add_solve(call, lower ? ops::EquationsPart::kLower : ops::EquationsPart::kUpper)};
}

/// Distances of all vectors (…, a, size) to all of (…, b, size).
std::vector<ValueId> distances(LayerCall& call) {
  const auto with_axis = [&](std::size_t position, const char* name, std::size_t from_the_end) {
    const ValueId x = as_value(call, float_operand(call, position, {name}));
    const Shape& shape = call.shape(x);
    require(shape.rank() >= 2, ErrorCode::kInvalidArgument, "vectors of the shape {}",
            to_string(shape));
    Shape target;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
      if (axis == shape.rank() - from_the_end) target.push_back(1);
      target.push_back(shape[axis]);
    }
    return add_reshape(call, x, target);
  };
  const ValueId squares = add_binary(call, BinaryKind::kSquaredDifference, with_axis(0, "x1", 1),
                                     with_axis(1, "x2", 2));
  const std::size_t last = call.shape(squares).rank() - 1;
  const ValueId sums =
      call.add(ops::make_reduce(kernels::ReduceKind::kSum, {last}, false), {squares});
  return {call.add(ops::make_unary({UnaryKind::kSqrt}), {sums})};
}

}  // namespace

void register_operations_linear_algebra(Registry& registry) {
  registry.add_operation("Det", of_matrices<ops::make_determinant>);
  registry.add_operation("Slogdet", of_matrices<ops::make_sign_and_log_determinant>);
  registry.add_operation("Logdet", log_determinant);
  registry.add_operation("Inv", of_matrices<ops::make_inverse>);
  registry.add_operation("Cholesky", cholesky);
  registry.add_operation("CholeskyInverse", cholesky_inverse);
  registry.add_operation("Solve", solve);
  registry.add_operation("SolveTriangular", solve_triangular);
  registry.add_operation("CDist", distances);
}

}  // namespace weir::layers
