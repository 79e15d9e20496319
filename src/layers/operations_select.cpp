#include <algorithm>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/categories.h"
#include "layers/last_axes.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/reduce.h"
#include "ops/take_along.h"

/// Operations of keras.ops that choose among elements, or look where they are.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ComparisonKind;
using kernels::ReduceKind;

ValueId is(LayerCall& call, ComparisonKind kind, const Operand& a, const Operand& b) {
  return add_comparison(call, kind, a, b);
}

/// The first choice whose condition holds.
std::vector<ValueId> select(LayerCall& call) {
  const auto list = [&](std::size_t position, const char* name) -> const Json& {
    const Json* found = find_argument(call, position, {name});
    require(found != nullptr && found->is_array(), ErrorCode::kMalformed, "has no {}", name);
    return *found;
  };
  const Json& conditions = list(0, "condlist");
  const Json& choices = list(1, "choicelist");
  require(conditions.size() == choices.size(), ErrorCode::kMalformed, "{} conditions of {} choices",
          conditions.size(), choices.size());
  Operand result = find_operand(call, 2, {"default"}).value_or(Operand::number(0, true));
  for (std::size_t i = conditions.size(); i-- > 0;) {
    result =
        add_select(call, to_operand(call, conditions[i]), to_operand(call, choices[i]), result);
  }
  return {as_value(call, result)};
}

/// The larger of two sizes of which one is the other or 1.
Shape broadcast_but_last(const Shape& a, const Shape& b) {
  Shape result = b;
  for (std::size_t axis = 0; axis + 1 < a.rank(); ++axis) {
    require(a[axis] == b[axis] || a[axis] == 1 || b[axis] == 1, ErrorCode::kInvalidArgument,
            "the shapes {} and {} do not fit", to_string(a), to_string(b));
    result[axis] = std::max(a[axis], b[axis]);
  }
  return result;
}

std::vector<ValueId> take_along_axis(LayerCall& call) {
  ValueId x = as_number(call, as_value(call, operand_of(call, 0, {"x"})));
  ValueId places = add_cast(call, DType::kInt32, as_value(call, operand_of(call, 1, {"indices"})));
  if (!call.config().has("axis")) x = add_reshape(call, x, {Shape::kFree});
  const std::size_t rank = call.shape(x).rank();
  require(call.shape(places).rank() == rank, ErrorCode::kInvalidArgument,
          "positions {} do not fit the shape {}", to_string(call.shape(places)),
          to_string(call.shape(x)));
  const std::size_t axis = to_axis(call.config().integer("axis", 0), rank);
  const LastAxes from = move_last(call, x, {axis});
  const LastAxes at = move_last(call, places, {axis});
  Shape shape = broadcast_but_last(call.shape(from.value), call.shape(at.value));
  places = add_broadcast(call, at.value, shape);
  shape[rank - 1] = call.shape(from.value).back();
  x = add_broadcast(call, from.value, shape);
  return {move_back(call, from, call.add(ops::make_take_along(), {x, places}))};
}

/// Whether each element is one of others.
std::vector<ValueId> is_in(LayerCall& call) {
  const ValueId x = as_value(call, operand_of(call, 0, {"x1"}));
  const ValueId others =
      add_reshape(call, as_value(call, operand_of(call, 1, {"x2"})), {Shape::kFree});
  Shape column = call.shape(x);
  column.push_back(1);
  const ValueId equal = is(call, ComparisonKind::kEqual, add_reshape(call, x, column), others);
  const ValueId found =
      call.add(ops::make_reduce(ReduceKind::kAny, {column.rank() - 1}, false), {equal});
  if (!call.config().boolean("invert", false)) return {found};
  return {is(call, ComparisonKind::kEqual, found, Operand::number(0, true))};
}

/// Of what is no complex number, all.
std::vector<ValueId> is_real(LayerCall& call) {
  const ValueId x = first_input(call);
  return {is(call, ComparisonKind::kOr, is(call, ComparisonKind::kEqual, x, x),
             is(call, ComparisonKind::kNotEqual, x, x))};
}

/// The coordinates of positions in an array of the given shape.
std::vector<ValueId> unravel_index(LayerCall& call) {
  const auto whole = [](std::int64_t value) {
    return Operand::number(static_cast<double>(value), /*is_integer=*/true);
  };
  ValueId rest = first_input(call);
  std::vector<std::int64_t> shape = call.config().integers("shape");
  std::vector<ValueId> coordinates;
  for (const std::int64_t size : std::vector(shape.rbegin(), shape.rend())) {
    require(size > 0, ErrorCode::kMalformed, "an axis of {} positions", size);
    coordinates.push_back(add_binary(call, BinaryKind::kMod, rest, whole(size)));
    rest = add_binary(call, BinaryKind::kFloorDivide, rest, whole(size));
  }
  std::ranges::reverse(coordinates);
  return coordinates;
}

std::vector<ValueId> multi_hot(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const std::size_t rank = call.shape(first_input(call)).rank();
  require(rank == 2 && to_axis(config.integer("axis", -1), rank) == 1 &&
              !config.boolean("sparse", false),
          ErrorCode::kUnsupported, "only lists of categories, one a sample, are supported");
  const std::string name = config.text("dtype", "float32");
  const DType dtype = executable_type(dtype_from_name(name).value_or(DType::kFloat32));
  const std::int64_t classes = config.sizes("num_classes", 1, 0).front();
  const ValueId categories = add_cast(call, DType::kInt32, first_input(call));
  return {add_cast(call, dtype,
                   encode_categories(call, categories, "multi_hot", classes, DType::kFloat32))};
}

/// Whether fewer than k predictions are larger than the target's.
std::vector<ValueId> in_top_k(LayerCall& call) {
  const ValueId predictions = as_value(call, float_operand(call, 1, {"predictions"}));
  const ValueId targets =
      add_cast(call, DType::kInt32, as_value(call, operand_of(call, 0, {"targets"})));
  Shape column = call.shape(targets);
  column.push_back(1);
  const ValueId own =
      call.add(ops::make_take_along(), {predictions, add_reshape(call, targets, column)});
  const ValueId larger =
      add_cast(call, DType::kInt32, is(call, ComparisonKind::kGreater, predictions, own));
  const ValueId count = call.add(
      ops::make_reduce(ReduceKind::kSum, {column.rank() - 1}, /*keeps_axes=*/true), {larger});
  const auto k = static_cast<double>(call.config().integer("k", 1));
  const ValueId is_near = is(call, ComparisonKind::kLess, count, Operand::number(k, true));
  const ValueId is_known = is(call, ComparisonKind::kEqual, own, own);
  return {
      add_reshape(call, is(call, ComparisonKind::kAnd, is_near, is_known), call.shape(targets))};
}

}  // namespace

void register_operations_select(Registry& registry) {
  registry.add_operation("Select", select);
  registry.add_operation("TakeAlongAxis", take_along_axis);
  registry.add_operation("IsIn", is_in);
  registry.add_operation("Isreal", is_real);
  registry.add_operation("UnravelIndex", unravel_index);
  registry.add_operation("MultiHot", multi_hot);
  registry.add_operation("InTopK", in_top_k);
}

}  // namespace weir::layers
