#include "layers/masking.h"

#include <algorithm>

#include "layers/as_float.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/reduce.h"

namespace weir::layers {
namespace {

using kernels::ComparisonKind;

/// Whether any element along the last axis, which stays with size 1, is not the masked value.
ValueId is_step_kept(LayerCall& call) {
  const ValueId input = call.input();
  const Operand value = Operand::number(call.config().number("mask_value", 0.0), false);
  const ValueId differs = add_comparison(call, ComparisonKind::kNotEqual, input, value);
  const std::size_t last = to_axis(-1, call.shape(input).rank());
  return call.add(ops::make_reduce(kernels::ReduceKind::kAny, {last}, true), {differs});
}

std::vector<ValueId> masking(LayerCall& call) {
  return {add_select(call, is_step_kept(call), call.input(), Operand::number(0, false))};
}

std::vector<Mask> mask_of_masking(LayerCall& call, std::span<const ValueId> /*outputs*/) {
  const ValueId kept = is_step_kept(call);
  const Shape& shape = call.shape(kept);
  return {add_reshape(call, kept, Shape(shape.dims().first(shape.rank() - 1)))};
}

}  // namespace

std::vector<Mask> pass_masks(LayerCall& call, std::span<const ValueId> /*outputs*/) {
  return {call.masks().begin(), call.masks().end()};
}

std::vector<Mask> join_masks(LayerCall& call, std::span<const ValueId> /*outputs*/) {
  const std::span<const Mask> masks = call.masks();
  if (masks.empty() || !std::ranges::all_of(masks, &Mask::has_value)) return {};
  ValueId joined = *masks.front();
  for (const Mask& mask : masks.subspan(1)) {
    joined = add_comparison(call, ComparisonKind::kOr, joined, *mask);
  }
  return {joined};
}

ValueId as_mask(LayerCall& call, ValueId mask) { return add_cast(call, DType::kBool, mask); }

void register_masking(Registry& registry) {
  registry.add_layer("Masking", masking, mask_of_masking);
}

}  // namespace weir::layers
