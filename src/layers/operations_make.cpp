#include <array>
#include <cmath>
#include <numbers>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/diagonal.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/concat.h"
#include "ops/pad.h"
#include "ops/unary.h"

/// Operations of keras.ops that make larger tensors of a few numbers.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::UnaryKind;

constexpr std::int64_t kMostElements = 1 << 24;  // A constant larger than this is a mistake.

ValueId apply(LayerCall& call, UnaryKind kind, ValueId x) {
  return call.add(ops::make_unary({kind}), {x});
}

std::vector<ValueId> unchanged(LayerCall& call) { return {first_input(call)}; }

ValueId whole_number(LayerCall& call, std::int64_t number) {
  return as_value(call, Operand::number(static_cast<double>(number), /*is_integer=*/true));
}

std::vector<ValueId> element_count(LayerCall& call) {
  return {whole_number(call, call.shape(first_input(call)).elements())};
}

std::vector<ValueId> axis_count(LayerCall& call) {
  return {whole_number(call, static_cast<std::int64_t>(call.shape(first_input(call)).rank()))};
}

/// A computed number everywhere.
std::vector<ValueId> full(LayerCall& call) {
  const Shape target(std::span<const std::int64_t>(call.config().integers("shape")));
  return {add_broadcast(call, first_input(call), target)};
}

/// Numbers between two ends, in equal steps along a new axis.
struct Steps {
  ValueId points;
  ValueId step;
};

/// The shape of what is between ends of the shape `ends` with `count` points along the new axis.
Shape with_points(const LayerCall& call, const Shape& ends, std::int64_t count) {
  const std::size_t axis = to_axis(call.config().integer("axis", 0), ends.rank() + 1);
  Shape shape;
  for (std::size_t i = 0; i <= ends.rank(); ++i) {
    if (i == axis) shape.push_back(count);
    if (i < ends.rank()) shape.push_back(ends[i]);
  }
  return shape;
}

/// An end as one of the points.
ValueId as_point(LayerCall& call, ValueId end, const Shape& ends) {
  return add_reshape(call, add_broadcast(call, end, ends), with_points(call, ends, 1));
}

Steps steps_between(LayerCall& call, ValueId first, ValueId last) {
  const Config config = call.config();
  const std::int64_t count = config.integer("num", 50);
  require(count > 0 && count < kMostElements, ErrorCode::kUnsupported, "{} numbers between two",
          count);
  const std::int64_t parts = config.boolean("endpoint", true) ? count - 1 : count;
  const ValueId distance = add_binary(call, BinaryKind::kSubtract, last, first);
  const Shape ends = call.shape(distance);
  const Shape row = with_points(call, Shape(std::vector<std::int64_t>(ends.rank(), 1)), count);
  std::vector<double> shares;
  for (std::int64_t i = 0; i < count; ++i) {
    shares.push_back(parts == 0 ? 0.0 : static_cast<double>(i) / static_cast<double>(parts));
  }
  const Operand share = Operand::array(call.path(), shares, row, DType::kFloat32);
  const ValueId behind =
      add_binary(call, BinaryKind::kMultiply, as_point(call, distance, ends), share);
  return {add_binary(call, BinaryKind::kAdd, as_point(call, first, ends), behind),
          add_affine(call, parts == 0 ? NAN : 1.0 / static_cast<double>(parts), 0, distance)};
}

ValueId first_end(LayerCall& call) { return as_value(call, float_operand(call, 0, {"start"})); }
ValueId last_end(LayerCall& call) { return as_value(call, float_operand(call, 1, {"stop"})); }

std::vector<ValueId> linear_steps(LayerCall& call) {
  const Steps steps = steps_between(call, first_end(call), last_end(call));
  if (call.config().boolean("retstep", false)) return {steps.points, steps.step};
  return {steps.points};
}

std::vector<ValueId> logarithmic_steps(LayerCall& call) {
  const double base = call.config().number("base", 10);
  const ValueId exponents = steps_between(call, first_end(call), last_end(call)).points;
  return {apply(call, UnaryKind::kExp, add_affine(call, std::log(base), 0, exponents))};
}

/// Numbers of equal ratios between two ends of one sign.
std::vector<ValueId> geometric_steps(LayerCall& call) {
  const ValueId first = first_end(call);
  const ValueId last = last_end(call);
  const auto logarithm = [&](ValueId end) {
    return apply(call, UnaryKind::kLog, apply(call, UnaryKind::kAbs, end));
  };
  const Steps steps = steps_between(call, logarithm(first), logarithm(last));
  const ValueId sign = as_point(call, apply(call, UnaryKind::kSign, first), call.shape(steps.step));
  return {
      add_binary(call, BinaryKind::kMultiply, apply(call, UnaryKind::kExp, steps.points), sign)};
}

/// The coordinates of each point of a grid. With "xy" the first two axes change places.
std::vector<ValueId> mesh_grid(LayerCall& call) {
  const bool swaps = call.config().text("indexing", "xy") == "xy" && call.inputs().size() > 1;
  const std::size_t count = call.inputs().size();
  const auto axis_of = [&](std::size_t input) { return swaps && input < 2 ? 1 - input : input; };
  Shape grid;
  for (std::size_t axis = 0; axis < count; ++axis) {
    grid.push_back(call.shape(call.inputs()[axis_of(axis)]).elements());
  }
  std::vector<ValueId> outputs;
  for (std::size_t input = 0; input < count; ++input) {
    Shape line(std::vector<std::int64_t>(count, 1));
    line[axis_of(input)] = grid[axis_of(input)];
    outputs.push_back(add_broadcast(call, add_reshape(call, call.inputs()[input], line), grid));
  }
  return outputs;
}

/// A square matrix with a list on its diagonal k.
ValueId add_diagonal_matrix(LayerCall& call, ValueId list) {
  const std::int64_t k = call.config().integer("k", 0);
  const std::int64_t size = checked_add(call.shape(list).elements(), std::abs(k));
  require(checked_mul(size, size) < kMostElements, ErrorCode::kUnsupported,
          "a diagonal of {} elements", size);
  // Above the main diagonal an element's row is its place in the list, below it is its column.
  const bool above = k >= 0;
  std::vector<ops::AxisPadding> margin(2);
  margin[above ? 0 : 1].after = std::abs(k);
  const Shape line = above ? Shape{Shape::kFree, 1} : Shape{1, Shape::kFree};
  const ValueId padded = call.add(ops::make_pad(margin), {add_reshape(call, list, line)});
  const Operand mask = ones_on_diagonal(call.path(), size, size, DType::kBool, k);
  return add_select(call, mask, padded,
                    Operand::number(0, call.type(list).dtype != DType::kFloat32));
}

/// Of a matrix, its diagonal.
std::vector<ValueId> diagonal(LayerCall& call) {
  const ValueId x = first_input(call);
  const Shape shape = call.shape(x);
  if (shape.rank() == 1) return {add_diagonal_matrix(call, x)};
  require(shape.rank() == 2, ErrorCode::kInvalidArgument, "the diagonal of a shape {}",
          to_string(shape));
  const std::int64_t k = call.config().integer("k", 0);
  std::vector<std::int64_t> positions;
  for (std::int64_t row = std::max<std::int64_t>(0, -k); row < shape[0]; ++row) {
    if (row + k < shape[1]) positions.push_back(row * shape[1] + row + k);
  }
  const ValueId flat = add_reshape(call, x, {Shape::kFree});
  return {call.add(ops::make_take(0, std::move(positions)), {flat})};
}

std::vector<ValueId> flat_diagonal(LayerCall& call) {
  return {add_diagonal_matrix(call, add_reshape(call, first_input(call), {Shape::kFree}))};
}

/// The powers of each element of a list, as a row.
std::vector<ValueId> vandermonde(LayerCall& call) {
  const Config config = call.config();
  const ValueId x = as_float(call, first_input(call));
  const std::int64_t size = call.shape(x).elements();
  const std::int64_t count = config.has("N") ? config.integer("N", 0) : size;
  require(count > 0 && count < kMostElements, ErrorCode::kUnsupported, "{} powers", count);
  const bool rises = config.boolean("increasing", false);
  std::vector<double> powers;
  for (std::int64_t i = 0; i < count; ++i) {
    powers.push_back(static_cast<double>(rises ? i : count - 1 - i));
  }
  return {add_binary(call, BinaryKind::kPower, add_reshape(call, x, {size, 1}),
                     Operand::array(call.path(), powers, {1, count}, DType::kFloat32))};
}

/// Each element of the first times the whole second, in its place.
std::vector<ValueId> kronecker_product(LayerCall& call) {
  const std::array<ValueId, 2> factors{as_value(call, operand_of(call, 0, {"x1"})),
                                       as_value(call, operand_of(call, 1, {"x2"}))};
  const std::size_t rank = std::max(call.shape(factors[0]).rank(), call.shape(factors[1]).rank());
  Shape product(std::vector<std::int64_t>(rank, 1));
  std::array<ValueId, 2> apart{};
  for (std::size_t i = 0; i < 2; ++i) {
    const Shape& shape = call.shape(factors[i]);
    Shape target(std::vector<std::int64_t>(2 * rank, 1));
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
      const std::size_t aligned = axis + rank - shape.rank();
      target[2 * aligned + i] = shape[axis];
      product[aligned] = checked_mul(product[aligned], shape[axis]);
    }
    apart[i] = add_reshape(call, factors[i], target);
  }
  return {add_reshape(call, add_binary(call, BinaryKind::kMultiply, apart[0], apart[1]), product)};
}

}  // namespace

void register_operations_make(Registry& registry) {
  registry.add_operation("Array", unchanged);
  registry.add_operation("Size", element_count);
  registry.add_operation("Ndim", axis_count);
  registry.add_operation("Full", full);
  registry.add_operation("Linspace", linear_steps);
  registry.add_operation("Logspace", logarithmic_steps);
  registry.add_operation("Geomspace", geometric_steps);
  registry.add_operation("Meshgrid", mesh_grid);
  registry.add_operation("Diag", diagonal);
  registry.add_operation("Diagflat", flat_diagonal);
  registry.add_operation("Vander", vandermonde);
  registry.add_operation("Kron", kronecker_product);
}

}  // namespace weir::layers
