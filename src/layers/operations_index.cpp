#include <algorithm>
#include <numeric>
#include <optional>

#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/number_array.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "layers/taking.h"
#include "ops/gather.h"
#include "ops/lookup.h"

/// Operations of keras.ops that take parts of a tensor.
namespace weir::layers {
namespace {

using ops::AxisSlice;

bool has_class(const Json& json, std::string_view class_name) {
  return json.is_object() && json.value("class_name", "") == class_name;
}

std::optional<std::int64_t> bound(const Json& slice, const char* key) {
  const Json value = slice.value("config", Json::object()).value(key, Json());
  if (value.is_null()) return std::nullopt;
  require(value.is_number_integer(), ErrorCode::kUnsupported,
          "indexing with a slice whose {} is computed is not supported", key);
  return value.get<std::int64_t>();
}

/// Python's rules for `start:stop:step` on an axis of `size`.
AxisSlice python_slice(const Json& json, std::size_t axis, std::int64_t size) {
  const std::int64_t step = bound(json, "step").value_or(1);
  require(step != 0 && step != INT64_MIN, ErrorCode::kMalformed, "a slice has the step {}", step);
  const std::int64_t lowest = step > 0 ? 0 : -1;
  const std::int64_t highest = step > 0 ? size : size - 1;
  const auto clipped = [&](std::optional<std::int64_t> at, std::int64_t otherwise) {
    if (!at) return otherwise;
    return std::clamp(*at < 0 ? checked_add(*at, size) : *at, lowest, highest);
  };
  const std::int64_t start = clipped(bound(json, "start"), step > 0 ? lowest : highest);
  const std::int64_t stop = clipped(bound(json, "stop"), step > 0 ? highest : lowest);
  const std::int64_t distance = step > 0 ? stop - start : start - stop;
  const std::int64_t stride = std::abs(step);
  return {axis, start, step, distance > 0 ? (distance - 1) / stride + 1 : 0};
}

/// Whether a slice leaves an axis alone. For the batch axis, only one that says so: `:1` leaves a
/// batch of 1 alone, but no other.
bool takes_all(const AxisSlice& slice, const Json& json, std::int64_t size) {
  const bool all = slice.start == 0 && slice.step == 1 && slice.size == size;
  if (slice.axis != 0) return all;
  return all && bound(json, "start").value_or(0) == 0 && !bound(json, "stop");
}

/// What an index expression comes to: slices, and the shape that is left.
struct Indexing {
  std::vector<AxisSlice> slices;
  Shape target;
};

class IndexReader {
 public:
  explicit IndexReader(const Shape& shape) : shape_(shape) {}

  Indexing read(const std::vector<Json>& entries) {
    const auto taken = static_cast<std::size_t>(std::ranges::count_if(
        entries, [](const Json& e) { return !e.is_null() && !has_class(e, "__ellipsis__"); }));
    require(taken <= shape_.rank(), ErrorCode::kInvalidArgument,
            "{} indices are too many for the shape {}", taken, to_string(shape_));
    for (const Json& entry : entries) {
      if (has_class(entry, "__ellipsis__")) {
        for (std::size_t i = taken; i < shape_.rank(); ++i) keep();
      } else {
        read_entry(entry);
      }
    }
    while (axis_ < shape_.rank()) keep();
    return std::move(result_);
  }

 private:
  void keep() { result_.target.push_back(shape_[axis_++]); }

  void read_entry(const Json& entry) {
    if (entry.is_null()) {
      result_.target.push_back(1);
    } else if (entry.is_number_integer()) {
      const std::int64_t size = shape_[axis_];
      const auto index = entry.get<std::int64_t>();
      result_.slices.push_back({axis_++, index < 0 ? checked_add(index, size) : index, 1, 1});
    } else {
      require(has_class(entry, "__slice__"), ErrorCode::kUnsupported,
              "indexing with {} is not supported", entry.dump().substr(0, 60));
      const AxisSlice slice = python_slice(entry, axis_, shape_[axis_]);
      if (!takes_all(slice, entry, shape_[axis_])) result_.slices.push_back(slice);
      result_.target.push_back(slice.size);
      ++axis_;
    }
  }

  const Shape& shape_;
  std::size_t axis_ = 0;
  Indexing result_;
};

/// Argument `position` of the call, or the keyword argument `key`; null where it is not given.
Json argument(const LayerCall& call, std::size_t position, const char* key) {
  const Json* found = find_argument(call, position, {key});
  return found == nullptr ? Json() : *found;
}

ValueId add_slice(LayerCall& call, ValueId value, const std::vector<AxisSlice>& slices) {
  return slices.empty() ? value : call.add(ops::make_slice(slices), {value});
}

std::vector<ValueId> get_item(LayerCall& call) {
  const Json key = argument(call, 1, "key");
  const std::vector<Json> entries =
      key.is_array() ? std::vector<Json>(key.begin(), key.end()) : std::vector<Json>{key};
  const Indexing indexing = IndexReader(call.shape(call.input())).read(entries);
  const ValueId part = add_slice(call, call.input(), indexing.slices);
  return {add_reshape(call, part, indexing.target)};
}

std::vector<std::int64_t> integer_list(const Json& json, std::string_view what) {
  const Json holder = {{"list", json}};
  require(!json.is_null(), ErrorCode::kMalformed, "{} is missing", what);
  return Config(holder).integers("list");
}

std::vector<ValueId> slice(LayerCall& call) {
  const Shape shape = call.shape(call.input());
  const auto starts = integer_list(argument(call, 1, "start_indices"), "start_indices");
  const auto sizes = call.config().integers("shape");
  require(starts.size() == shape.rank() && sizes.size() == shape.rank(), ErrorCode::kMalformed,
          "a slice of {} axes does not fit the shape {}", starts.size(), to_string(shape));
  std::vector<AxisSlice> slices;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    const std::int64_t size = sizes[axis] < 0 ? shape[axis] - starts[axis] : sizes[axis];
    if (axis > 0 && starts[axis] == 0 && size == shape[axis]) continue;
    if (axis == 0 && starts[axis] == 0 && sizes[axis] < 0) continue;
    slices.push_back({axis, starts[axis], 1, size});
  }
  return {add_slice(call, call.input(), slices)};
}

/// Whether that are rows of floats.
bool takes_rows(const LayerCall& call, const graph::Constant& table) {
  return call.config().integer("axis", -1) == 0 && table.shape.rank() > 0 &&
         table.dtype == DType::kFloat32;
}

/// Rows of a constant, at computed positions.
std::vector<ValueId> take_of_constant(LayerCall& call, graph::Constant constant,
                                      ValueId positions) {
  const Shape rows = constant.shape;
  constant.shape = {rows[0], rows[0] == 0 ? 0 : constant.shape.elements() / rows[0]};
  Shape target = call.shape(positions);
  for (const std::int64_t size : rows.dims().subspan(1)) target.push_back(size);
  const auto negative =
      call.keras2() ? ops::NegativeRow::kIsNone : ops::NegativeRow::kCountsFromEnd;
  const ValueId found = call.add(ops::make_lookup(std::move(constant), negative), {positions});
  return {add_reshape(call, found, target)};
}

std::vector<ValueId> take(LayerCall& call) {
  const Operand from = operand_of(call, 0, {"x"});
  const Operand at = operand_of(call, 1, {"indices"});
  if (!from.value() && at.value()) {
    const graph::Constant table = from.constant(call.path());
    if (takes_rows(call, table)) return take_of_constant(call, table, *at.value());
  }
  const bool flat = !call.config().has("axis");
  const ValueId x = as_value(call, from);
  const ValueId value = flat ? add_reshape(call, x, Shape{Shape::kFree}) : x;
  const Shape shape = call.shape(value);
  const std::size_t axis = flat ? 0 : to_axis(call.config().integer("axis", 0), shape.rank());
  if (at.value()) return {add_take(call, value, *at.value(), axis)};
  const auto indices = parse_numbers(argument(call, 1, "indices"));
  require(indices.has_value(), ErrorCode::kUnsupported, "such indices are not supported");
  std::vector<std::int64_t> places;
  for (const double place : indices->values) {
    places.push_back(static_cast<std::int64_t>(place) + (place < 0 ? shape[axis] : 0));
  }
  const ValueId taken = call.add(ops::make_take(axis, std::move(places)), {value});
  Shape target(shape.dims().first(axis));
  for (const std::int64_t size : indices->shape) target.push_back(size);
  for (const std::int64_t size : shape.dims().subspan(axis + 1)) target.push_back(size);
  return {add_reshape(call, taken, target)};
}

/// Parts of `axis` that end at each of `ends`.
std::vector<ValueId> split_at(LayerCall& call, std::size_t axis,
                              const std::vector<std::int64_t>& ends) {
  std::vector<ValueId> parts;
  std::int64_t begin = 0;
  for (const std::int64_t end : ends) {
    const AxisSlice slice{axis, begin, 1, std::max<std::int64_t>(end - begin, 0)};
    parts.push_back(add_slice(call, call.input(), {slice}));
    begin = end;
  }
  return parts;
}

/// np.array_split, whose parts may differ by one position.
std::vector<ValueId> split_axis(LayerCall& call, std::size_t axis) {
  const Config config = call.config();
  const std::int64_t size = call.shape(call.input())[axis];
  std::vector<std::int64_t> ends;
  if (config.json().value("indices_or_sections", Json()).is_array()) {
    for (const std::int64_t at : config.integers("indices_or_sections")) {
      ends.push_back(std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size));
    }
    ends.push_back(size);
  } else {
    const std::int64_t count = config.sizes("indices_or_sections", 1, 1).front();
    require(count <= size, ErrorCode::kInvalidArgument, "an axis of {} has no {} parts", size,
            count);
    for (std::int64_t i = 0, end = 0; i < count; ++i) {
      end += size / count + (i < size % count ? 1 : 0);
      ends.push_back(end);
    }
  }
  return split_at(call, axis, ends);
}

std::vector<ValueId> split(LayerCall& call) {
  const std::size_t rank = call.shape(call.input()).rank();
  return split_axis(call, to_axis(call.config().integer("axis", 0), rank));
}

/// np.vsplit, np.hsplit and np.dsplit.
template <std::size_t kAxis>
std::vector<ValueId> split_along(LayerCall& call) {
  return split_axis(call, to_axis(kAxis, call.shape(call.input()).rank()));
}

std::vector<ValueId> unstack(LayerCall& call) {
  const Shape shape = call.shape(call.input());
  const std::size_t axis = to_axis(call.config().integer("axis", 0), shape.rank());
  std::vector<std::int64_t> ends(static_cast<std::size_t>(shape[axis]));
  std::iota(ends.begin(), ends.end(), 1);
  Shape target;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (i != axis) target.push_back(shape[i]);
  }
  std::vector<ValueId> parts = split_at(call, axis, ends);
  for (ValueId& part : parts) part = add_reshape(call, part, target);
  return parts;
}

std::vector<ValueId> flip(LayerCall& call) {
  const Shape shape = call.shape(call.input());
  const std::vector<std::size_t> axes = axes_or_all(call.config(), "axis", shape.rank());
  std::vector<AxisSlice> slices;
  slices.reserve(axes.size());
  for (const std::size_t axis : axes) slices.push_back({axis, shape[axis] - 1, -1, shape[axis]});
  return {add_slice(call, call.input(), slices)};
}

template <std::size_t kAxis>
std::vector<ValueId> flip_along(LayerCall& call) {
  return {add_flip(call, call.input(), to_axis(kAxis, call.shape(call.input()).rank()))};
}

std::vector<ValueId> roll(LayerCall& call) {
  const Config config = call.config();
  const std::vector<std::int64_t> shifts = config.integers("shift");
  const Shape shape = call.shape(call.input());
  const bool flat = !config.has("axis");
  const ValueId value = flat ? add_reshape(call, call.input(), Shape{Shape::kFree}) : call.input();
  const std::vector<std::size_t> axes =
      flat ? std::vector<std::size_t>{0} : to_axes(config, "axis", shape.rank());
  require(shifts.size() == 1 || shifts.size() == axes.size(), ErrorCode::kMalformed,
          "{} shifts do not fit {} axes", shifts.size(), axes.size());
  ops::GatherAttributes attributes{.kind = "roll"};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    attributes.moves.push_back(ops::roll(axes[i], shifts[shifts.size() == 1 ? 0 : i]));
  }
  return {add_reshape(call, call.add(ops::make_gather(std::move(attributes)), {value}), shape)};
}

}  // namespace

void register_operations_index(Registry& registry) {
  registry.add_operation("GetItem", get_item);
  registry.add_operation("Slice", slice);
  registry.add_operation("Take", take);
  registry.add_operation("Split", split);
  registry.add_operation("ArraySplit", split);
  registry.add_operation("Vsplit", split_along<0>);
  registry.add_operation("Hsplit", split_along<1>);
  registry.add_operation("Dsplit", split_along<2>);
  registry.add_operation("Unstack", unstack);
  registry.add_operation("Flip", flip);
  registry.add_operation("Flipud", flip_along<0>);
  registry.add_operation("Fliplr", flip_along<1>);
  registry.add_operation("Roll", roll);
}

}  // namespace weir::layers
