#include <algorithm>

#include "base/fail.h"
#include "layers/masking.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/concat.h"
#include "ops/reduce.h"

namespace weir::layers {
namespace {

std::vector<ValueId> concatenate(LayerCall& call) {
  std::vector<ValueId> inputs = inputs_of_one_type(call);
  const std::size_t rank = call.shape(inputs.front()).rank();
  const std::size_t axis = to_axis(call.config().integer("axis", -1), rank);
  return {call.add(ops::make_concat(axis), std::move(inputs))};
}

/// All steps of a tensor, kept.
ValueId whole_mask(LayerCall& call, ValueId input) {
  const ValueId ones = add_cast(call, DType::kBool, add_affine(call, 0.0, 1.0, input));
  const std::size_t last = to_axis(-1, call.shape(input).rank());
  return call.add(ops::make_reduce(kernels::ReduceKind::kAny, {last}, false), {ones});
}

/// Side by side, a step is kept where any tensor's is, so that one without a mask keeps all. One
/// after the other, so are the masks.
std::vector<Mask> concatenate_masks(LayerCall& call, std::span<const ValueId> outputs) {
  const std::span<const Mask> masks = call.masks();
  if (std::ranges::none_of(masks, &Mask::has_value)) return {};
  const std::size_t rank = call.shape(outputs.front()).rank();
  const std::size_t axis = to_axis(call.config().integer("axis", -1), rank);
  if (axis + 1 == rank) return join_masks(call, outputs);
  std::vector<ValueId> parts;
  for (std::size_t i = 0; i < masks.size(); ++i) {
    parts.push_back(masks[i] ? as_mask(call, *masks[i]) : whole_mask(call, call.inputs()[i]));
    require(call.shape(parts.back()).rank() + 1 == rank, ErrorCode::kUnsupported,
            "a mask of shape {} is not supported", to_string(call.shape(parts.back())));
  }
  return {call.add(ops::make_concat(axis), std::move(parts))};
}

}  // namespace

void register_concatenate(Registry& registry) {
  registry.add_layer("Concatenate", concatenate, concatenate_masks);
  registry.add_operation("Concatenate", concatenate);
}

}  // namespace weir::layers
