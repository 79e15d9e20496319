#include "base/checked.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/category_counts.h"
#include "ops/concat.h"
#include "ops/order.h"
#include "ops/scan.h"
#include "ops/scatter.h"
#include "ops/take_along.h"

/// Operations of keras.ops that find as many elements as there happen to be.
namespace weir::layers {
namespace {

using kernels::BinaryKind;
using kernels::ComparisonKind;

Operand whole(std::int64_t number) {
  return Operand::number(static_cast<double>(number), /*is_integer=*/true);
}

/// The sorted elements, and what is known of each of them.
struct Sorted {
  ValueId values;
  ValueId places;  ///< Where it was.
  ValueId is_new;  ///< Whether it is another than the one before, as 0 or 1.
  ValueId group;   ///< Which of the different elements it is.
};

ValueId running_number(LayerCall& call, ValueId marks) {
  const ValueId sums = call.add(ops::make_scan(kernels::ScanKind::kSum, 0), {marks});
  return add_binary(call, BinaryKind::kSubtract, sums, whole(1));
}

Sorted sort_elements(LayerCall& call, ValueId list) {
  const std::int64_t count = call.shape(list).elements();
  require(count > 0, ErrorCode::kInvalidArgument, "different elements of none");
  const std::vector<ValueId> order =
      call.add_many(ops::make_order(kernels::Order::kRising, count), {list});
  const ValueId differs = add_comparison(call, ComparisonKind::kNotEqual,
                                         add_part(call, order[0], {0, 1, 1, count - 1}),
                                         add_part(call, order[0], {0, 0, 1, count - 1}));
  const ValueId first = as_value(call, Operand::array(call.path(), {1}, {1}, DType::kInt32));
  const ValueId is_new =
      call.add(ops::make_concat(0), {first, add_cast(call, DType::kInt32, differs)});
  return {order[0], order[1], is_new, running_number(call, is_new)};
}

/// `updates` at those of the `size` positions that exist, and `filling` elsewhere.
ValueId put(LayerCall& call, const Operand& filling, std::int64_t size, ValueId positions,
            ValueId updates) {
  const ValueId into = add_broadcast(
      call, add_cast(call, call.type(updates).dtype, as_value(call, filling)), {size, 1});
  const ValueId changed =
      call.add(ops::make_scatter(ops::ScatterKind::kReplace, ops::OutOfRange::kSkip),
               {into, positions, add_reshape(call, updates, {Shape::kFree, 1})});
  return add_reshape(call, changed, {size});
}

/// Where the first of each group goes; the others go nowhere.
ValueId slots(LayerCall& call, const Sorted& sorted) {
  return add_select(call, sorted.is_new, sorted.group, whole(-1));
}

/// The groups numbered as they first appear.
ValueId numbered_by_appearance(LayerCall& call, const Sorted& sorted) {
  const std::int64_t count = call.shape(sorted.values).elements();
  const ValueId marks = put(call, whole(0), count, sorted.places, sorted.is_new);
  const ValueId firsts = put(call, whole(0), count, slots(call, sorted), sorted.places);
  const ValueId first = call.add(ops::make_take_along(), {firsts, sorted.group});
  return call.add(ops::make_take_along(), {running_number(call, marks), first});
}

/// The different elements, as many as `size` says; where there are fewer, what `fill_value` says.
std::vector<ValueId> unique(LayerCall& call) {
  const Config config = call.config();
  require(config.has("size"), ErrorCode::kUnsupported,
          "the number of different elements depends on the data; give a size");
  const std::int64_t size = config.sizes("size", 1, 1).front();
  const ValueId x = as_number(call, first_input(call));
  const Shape shape = call.shape(x);
  require(!config.has("axis") || shape.rank() == 1, ErrorCode::kUnsupported,
          "different parts along an axis are not supported");
  Sorted sorted = sort_elements(call, add_reshape(call, x, {Shape::kFree}));
  if (!config.boolean("sorted", true)) sorted.group = numbered_by_appearance(call, sorted);
  const ValueId slot = slots(call, sorted);
  const Operand filling = Operand::real(config.number("fill_value", 0));
  std::vector<ValueId> results{put(call, filling, size, slot, sorted.values)};
  if (config.boolean("return_index", false)) {
    results.push_back(put(call, whole(1), size, slot, sorted.places));  // As Keras fills it.
  }
  if (config.boolean("return_inverse", false)) {
    const ValueId inverse = put(call, whole(0), shape.elements(), sorted.places, sorted.group);
    results.push_back(add_reshape(call, inverse, shape));
  }
  if (config.boolean("return_counts", false)) {
    const ValueId groups = add_reshape(call, sorted.group, {1, Shape::kFree});
    results.push_back(add_reshape(
        call, call.add(ops::make_category_counts({.categories = size}), {groups}), {size}));
  }
  return results;
}

std::vector<ValueId> refuse_places(LayerCall& /*call*/) {
  fail(ErrorCode::kUnsupported,
       "the number of places depends on the data, and all shapes are known before a model runs; "
       "multiply by a condition, or use where() with three arguments");
}

}  // namespace

void register_operations_unique(Registry& registry) {
  registry.add_operation("Unique", unique);
  registry.add_operation("Nonzero", refuse_places);
}

}  // namespace weir::layers
