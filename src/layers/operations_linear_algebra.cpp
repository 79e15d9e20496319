#include <algorithm>
#include <limits>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/batch_matmul.h"
#include "ops/decompositions.h"
#include "ops/linear_algebra.h"
#include "ops/reduce.h"
#include "ops/unary.h"

/// Operations of keras.ops.linalg, and what else is of square matrices or of pairs of vectors.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ComparisonKind;
using kernels::UnaryKind;
using ops::Vectors;

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
  const ValueId a = as_value(call, float_operand(call, 0, {"a", "matrix"}));
  const ValueId b = as_value(call, float_operand(call, 1, {"b", "rhs"}));
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

std::vector<ValueId> qr(LayerCall& call) {
  const std::string mode = call.config().text("mode", "reduced");
  require(mode == "reduced" || mode == "complete", ErrorCode::kMalformed, "the mode '{}'", mode);
  const bool is_complete = mode == "complete" || call.config().boolean("full_matrices", false);
  return call.add_many(ops::make_qr(is_complete ? Vectors::kComplete : Vectors::kReduced),
                       {matrices(call)});
}

/// u, the values, and the transpose of v.
std::vector<ValueId> singular_values(LayerCall& call) {
  const Config config = call.config();
  const bool wants_vectors = config.boolean("compute_uv", true);
  const bool is_complete = wants_vectors && config.boolean("full_matrices", true);
  std::vector<ValueId> parts =
      call.add_many(ops::make_singular_values(is_complete ? Vectors::kComplete : Vectors::kReduced),
                    {matrices(call)});
  if (!wants_vectors) return {parts[1]};
  parts[2] = matrix_transpose(call, parts[2]);
  return parts;
}

/// How much less than the largest singular value of a matrix counts as nothing, unless `key` says
/// it: `rounding` times what single precision is uncertain of.
double negligible_share(LayerCall& call, const char* key, ValueId matrix, double rounding) {
  const Json settings = settings_of(call);
  const Shape& shape = call.shape(matrix);
  require(shape.rank() >= 2, ErrorCode::kInvalidArgument, "a matrix of the shape {}",
          to_string(shape));
  const auto larger = static_cast<double>(std::max(shape.back(), shape[shape.rank() - 2]));
  const double epsilon = std::numeric_limits<float>::epsilon();
  const double share = Config(settings).number(key, rounding * larger * epsilon);
  return share < 0 ? epsilon : share;
}

/// Which singular values are more than a share of the largest, which is the first.
ValueId are_large(LayerCall& call, ValueId values, double share) {
  const std::size_t last = call.shape(values).rank() - 1;
  const ValueId limit = add_affine(call, share, 0, add_part(call, values, {last, 0, 1, 1}));
  return add_comparison(call, ComparisonKind::kGreater, values, limit);
}

/// The pseudo-inverses of matrices, or their products with `right` where it is given. Singular
/// values below the share of the largest count as 0.
ValueId add_pseudo_inverse(LayerCall& call, ValueId matrix, double share,
                           std::optional<ValueId> right) {
  const std::vector<ValueId> parts =
      call.add_many(ops::make_singular_values(Vectors::kReduced), {matrix});
  const ValueId values = parts[1];
  const ValueId inverses =
      add_select(call, are_large(call, values, share),
                 call.add(ops::make_unary({UnaryKind::kReciprocal}), {values}), Operand::real(0));
  Shape column = call.shape(values);
  column.push_back(1);
  ValueId along = matrix_transpose(call, parts[0]);
  if (right) along = call.add(ops::make_batch_matmul(), {along, *right});
  const ValueId scaled =
      add_binary(call, BinaryKind::kMultiply, add_reshape(call, inverses, column), along);
  return call.add(ops::make_batch_matmul(), {parts[2], scaled});
}

std::vector<ValueId> pseudo_inverse(LayerCall& call) {
  const ValueId x = matrices(call);
  return {add_pseudo_inverse(call, x, negligible_share(call, "rcond", x, 10), std::nullopt)};
}

std::vector<ValueId> least_squares(LayerCall& call) {
  const ValueId a = as_value(call, float_operand(call, 0, {"a", "matrix"}));
  const ValueId b = as_value(call, float_operand(call, 1, {"b", "rhs"}));
  const double share = negligible_share(call, "rcond", a, 1);
  const Shape& sides = call.shape(b);
  require(sides.rank() + 1 >= call.shape(a).rank(), ErrorCode::kInvalidArgument,
          "equations {} do not fit right sides {}", to_string(call.shape(a)), to_string(sides));
  if (sides.rank() == call.shape(a).rank()) return {add_pseudo_inverse(call, a, share, b)};
  Shape column = sides;
  column.push_back(1);
  const ValueId x = add_pseudo_inverse(call, a, share, add_reshape(call, b, column));
  const Shape& shape = call.shape(x);
  return {add_reshape(call, x, Shape(shape.dims().first(shape.rank() - 1)))};
}

/// How many singular values there are, those that count as 0 left out.
std::vector<ValueId> matrix_rank(LayerCall& call) {
  const ValueId x = matrices(call);
  const ValueId values = call.add_many(ops::make_singular_values(Vectors::kReduced), {x})[1];
  const ValueId counts = call.config().has("tol")
                             ? add_comparison(call, ComparisonKind::kGreater, values,
                                              Operand::real(call.config().number("tol", 0)))
                             : are_large(call, values, negligible_share(call, "tol", x, 1));
  const std::size_t last = call.shape(values).rank() - 1;
  return {call.add(ops::make_reduce(kernels::ReduceKind::kSum, {last}, false),
                   {add_cast(call, DType::kInt32, counts)})};
}

std::vector<ValueId> refuse_eigenvalues(LayerCall& /*call*/) {
  fail(ErrorCode::kUnsupported,
       "eigenvalues of matrices that are not symmetric are complex numbers, which Weir does not "
       "have; use keras.ops.eigh for symmetric ones");
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
  registry.add_operation("Qr", qr);
  registry.add_operation("LuFactor", of_matrices<ops::make_lu>);
  registry.add_operation("Eigh", of_matrices<ops::make_symmetric_eigen>);
  registry.add_operation("Eig", refuse_eigenvalues);
  registry.add_operation("SVD", singular_values);
  registry.add_operation("Lstsq", least_squares);
  registry.add_operation("Pinv", pseudo_inverse);
  registry.add_operation("MatrixRank", matrix_rank);
}

}  // namespace weir::layers
