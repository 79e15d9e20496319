#include <array>
#include <limits>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/pad.h"
#include "ops/reduce.h"
#include "ops/scatter.h"

/// Operations of keras.ops that put elements where others say, or sum them there.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using ops::OutOfRange;
using ops::ScatterKind;

/// A tensor with its first axes as one, and the others as one.
struct AsRows {
  std::int64_t rows = 1;
  std::int64_t width = 1;
  /// Of one step along each of the first axes, in rows.
  std::vector<double> strides;

  AsRows(const Shape& shape, std::size_t first_axes) : strides(first_axes) {
    require(first_axes <= shape.rank(), ErrorCode::kInvalidArgument,
            "{} axes of positions for the shape {}", first_axes, to_string(shape));
    for (std::size_t axis = shape.rank(); axis-- > 0;) {
      if (axis >= first_axes) {
        width = checked_mul(width, shape[axis]);
      } else {
        strides[axis] = static_cast<double>(rows);
        rows = checked_mul(rows, shape[axis]);
      }
    }
  }
};

/// Positions (…, axes) as numbers of rows, a list.
ValueId row_numbers(LayerCall& call, ValueId positions, const AsRows& target) {
  const auto axes = static_cast<std::int64_t>(target.strides.size());
  const ValueId list = add_reshape(call, positions, {Shape::kFree, axes});
  const ValueId parts =
      add_binary(call, BinaryKind::kMultiply, list,
                 Operand::array(call.path(), target.strides, {1, axes}, DType::kInt32));
  return call.add(ops::make_reduce(kernels::ReduceKind::kSum, {1}, false), {parts});
}

/// `updates` into `into`, of any shape.
ValueId add_scatter(LayerCall& call, ScatterKind kind, ValueId into, ValueId positions,
                    ValueId updates) {
  const Shape shape = call.shape(into);
  const Shape& at = call.shape(positions);
  require(at.rank() >= 1, ErrorCode::kInvalidArgument, "positions {}", to_string(at));
  const AsRows rows(shape, static_cast<std::size_t>(at.back()));
  const ValueId changed = call.add(
      ops::make_scatter(kind, OutOfRange::kRefuse),
      {add_reshape(call, into, {rows.rows, rows.width}), row_numbers(call, positions, rows),
       add_reshape(call, add_cast(call, call.type(into).dtype, updates),
                   {Shape::kFree, rows.width})});
  return add_reshape(call, changed, shape);
}

ValueId positions_of(LayerCall& call, std::size_t position) {
  return add_cast(call, DType::kInt32, as_value(call, operand_of(call, position, {"indices"})));
}

/// Everywhere `number`, in the type of `like`.
ValueId filled(LayerCall& call, double number, const Shape& shape, ValueId like) {
  const bool is_integer = call.type(like).dtype != DType::kFloat32;
  const ValueId one = as_value(call, Operand::number(number, is_integer));
  return add_broadcast(call, one, shape);
}

/// Into zeros; what falls on the same place is summed.
std::vector<ValueId> scatter(LayerCall& call) {
  const Shape shape(std::span<const std::int64_t>(call.config().integers("shape")));
  const ValueId values = as_number(call, as_value(call, operand_of(call, 1, {"values"})));
  return {add_scatter(call, ScatterKind::kAdd, filled(call, 0, shape, values),
                      positions_of(call, 0), values)};
}

std::vector<ValueId> scatter_update(LayerCall& call) {
  const std::string name = call.config().text("reduction", "replace");
  constexpr std::array<std::pair<std::string_view, ScatterKind>, 5> kKinds{
      {{"replace", ScatterKind::kReplace},
       {"add", ScatterKind::kAdd},
       {"mul", ScatterKind::kMultiply},
       {"max", ScatterKind::kMaximum},
       {"min", ScatterKind::kMinimum}}};
  for (const auto& [known, kind] : kKinds) {
    if (known != name) continue;
    const ValueId into = as_number(call, as_value(call, operand_of(call, 0, {"inputs"})));
    const ValueId updates = as_value(call, operand_of(call, 2, {"updates"}));
    return {add_scatter(call, kind, into, positions_of(call, 1), updates)};
  }
  fail(ErrorCode::kUnsupported, "the reduction '{}' is not supported", name);
}

/// The updates, with what is around them as it was.
std::vector<ValueId> slice_update(LayerCall& call) {
  const ValueId x = as_value(call, operand_of(call, 0, {"inputs"}));
  const ValueId updates =
      add_cast(call, call.type(x).dtype, as_value(call, operand_of(call, 2, {"updates"})));
  const Json* given = find_argument(call, 1, {"start_indices"});
  const Json starts = {{"starts", given == nullptr ? Json() : *given}};
  const std::vector<std::int64_t> start = Config(starts).integers("starts");
  const Shape shape = call.shape(x);
  const Shape part = call.shape(updates);
  require(start.size() == shape.rank() && part.rank() == shape.rank(), ErrorCode::kInvalidArgument,
          "a part {} of the shape {}", to_string(part), to_string(shape));
  std::vector<ops::AxisPadding> margin;
  std::optional<ValueId> inside;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    require(start[axis] >= 0 && checked_add(start[axis], part[axis]) <= shape[axis],
            ErrorCode::kUnsupported, "a part {} at {} of the shape {}", to_string(part),
            start[axis], to_string(shape));
    margin.push_back({start[axis], shape[axis] - part[axis] - start[axis]});
    if (part[axis] == shape[axis]) continue;
    Shape line(std::vector<std::int64_t>(shape.rank(), 1));
    line[axis] = shape[axis];
    std::vector<double> keeps(static_cast<std::size_t>(shape[axis]), 0.0);
    std::fill_n(keeps.begin() + start[axis], part[axis], 1.0);
    const ValueId along = as_value(call, Operand::array(call.path(), keeps, line, DType::kBool));
    inside = inside ? add_binary(call, BinaryKind::kMultiply, *inside, along) : along;
  }
  if (!inside) return {updates};
  return {add_select(call, *inside, call.add(ops::make_pad(margin), {updates}), x)};
}

/// What a segment that nothing falls into has.
template <typename T>
double empty_segment(ScatterKind kind) {
  switch (kind) {
    case ScatterKind::kMultiply:
      return 1.0;
    case ScatterKind::kMaximum:
      return std::numeric_limits<T>::lowest();
    case ScatterKind::kMinimum:
      return std::numeric_limits<T>::max();
    default:
      return 0.0;
  }
}

/// Of the rows of the first axis, by the numbers of their segments.
template <ScatterKind kKind>
std::vector<ValueId> segments(LayerCall& call) {
  const Config config = call.config();
  require(config.has("num_segments"), ErrorCode::kUnsupported,
          "the number of segments depends on the data; give num_segments (in TensorFlow, use "
          "unsorted_segment_sum and the like)");
  const ValueId rows = as_number(call, as_value(call, operand_of(call, 0, {"data"})));
  const bool is_float = call.type(rows).dtype == DType::kFloat32;
  const double empty = is_float ? empty_segment<float>(kKind) : empty_segment<std::int32_t>(kKind);
  const ValueId ids =
      add_cast(call, DType::kInt32, as_value(call, operand_of(call, 1, {"segment_ids"})));
  Shape shape = call.shape(rows);
  require(!shape.empty() && call.shape(ids).rank() == 1, ErrorCode::kInvalidArgument,
          "segments {} of the shape {}", to_string(call.shape(ids)), to_string(shape));
  shape[0] = config.sizes("num_segments", 1, 1).front();
  const AsRows target(shape, 1);
  const Shape flat{target.rows, target.width};
  const ValueId result = call.add(ops::make_scatter(kKind, OutOfRange::kSkip),
                                  {filled(call, empty, flat, rows), ids,
                                   add_reshape(call, rows, {Shape::kFree, target.width})});
  return {add_reshape(call, result, shape)};
}

}  // namespace

void register_operations_scatter(Registry& registry) {
  registry.add_operation("Scatter", scatter);
  registry.add_operation("ScatterUpdate", scatter_update);
  registry.add_operation("SliceUpdate", slice_update);
  registry.add_operation("SegmentSum", segments<ScatterKind::kAdd>);
  registry.add_operation("SegmentProd", segments<ScatterKind::kMultiply>);
  registry.add_operation("SegmentMax", segments<ScatterKind::kMaximum>);
  registry.add_operation("SegmentMin", segments<ScatterKind::kMinimum>);
}

}  // namespace weir::layers
