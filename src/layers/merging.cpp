#include <algorithm>
#include <optional>

#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/masking.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"

/// Layers that merge tensors element by element.
namespace weir::layers {
namespace {

using kernels::BinaryKind;

/// Tensors of fewer axes get axes of one element after the batch axis, as Keras does.
std::vector<ValueId> of_equal_rank(LayerCall& call) {
  std::size_t rank = 0;
  for (const ValueId input : call.inputs()) rank = std::max(rank, call.shape(input).rank());
  std::vector<ValueId> aligned;
  for (const ValueId input : call.inputs()) {
    const Shape& shape = call.shape(input);
    Shape target;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
      while (axis == 1 && target.rank() + shape.rank() - 1 < rank) target.push_back(1);
      target.push_back(shape[axis]);
    }
    while (target.rank() < rank) target.push_back(1);
    aligned.push_back(add_reshape(call, input, target));
  }
  return aligned;
}

ValueId merge(LayerCall& call, BinaryKind kind) {
  require(!call.inputs().empty(), ErrorCode::kInvalidArgument, "is called on no tensor");
  const std::vector<ValueId> inputs = of_equal_rank(call);
  ValueId result = inputs.front();
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    result = add_binary(call, kind, result, inputs[i]);
  }
  return result;
}

template <BinaryKind kKind>
std::vector<ValueId> merging(LayerCall& call) {
  return {merge(call, kKind)};
}

/// A tensor and its mask, which has all axes but the last: that one is added.
struct MaskedTensor {
  ValueId value;
  Mask mask;
};

std::vector<MaskedTensor> masked_inputs(LayerCall& call) {
  std::vector<MaskedTensor> tensors;
  for (std::size_t i = 0; i < call.inputs().size(); ++i) {
    tensors.push_back({call.inputs()[i], {}});
    if (i >= call.masks().size() || !call.masks()[i]) continue;
    Shape shape = call.shape(*call.masks()[i]);
    shape.push_back(1);
    tensors.back().mask = add_reshape(call, as_mask(call, *call.masks()[i]), shape);
  }
  return tensors;
}

/// The masks say something here only in Keras 3, and where no tensor has to get more axes.
bool heeds_masks(const LayerCall& call) {
  const std::size_t rank = call.shape(call.inputs().front()).rank();
  return !call.keras2() && std::ranges::any_of(call.masks(), &Mask::has_value) &&
         std::ranges::all_of(call.inputs(),
                             [&](ValueId input) { return call.shape(input).rank() == rank; });
}

ValueId either(LayerCall& call, ValueId a, ValueId b) {
  return add_comparison(call, kernels::ComparisonKind::kOr, a, b);
}

/// A masked element is no factor; where all are masked, the product is 0.
std::vector<ValueId> multiply(LayerCall& call) {
  if (call.inputs().empty() || !heeds_masks(call)) return merging<BinaryKind::kMultiply>(call);
  std::optional<ValueId> result;
  Mask kept;
  bool all_masked = true;
  for (const auto& [value, mask] : masked_inputs(call)) {
    ValueId factor = value;
    if (mask) {
      factor = add_select(call, *mask, value, Operand::number(1, true));
      kept = kept ? either(call, *kept, *mask) : *mask;
    }
    all_masked = all_masked && mask.has_value();
    result = result ? add_binary(call, BinaryKind::kMultiply, *result, factor) : factor;
  }
  if (!all_masked) return {*result};
  return {add_select(call, *kept, *result, Operand::number(0, true))};
}

/// A masked element leaves what it is compared with as it is.
template <BinaryKind kKind>
std::vector<ValueId> extremum(LayerCall& call) {
  if (call.inputs().empty() || !heeds_masks(call)) return merging<kKind>(call);
  const std::vector<MaskedTensor> tensors = masked_inputs(call);
  auto [result, kept] = tensors.front();
  for (std::size_t i = 1; i < tensors.size(); ++i) {
    auto [value, mask] = tensors[i];
    if (mask) value = add_select(call, *mask, value, result);
    if (kept) result = add_select(call, *kept, result, value);
    kept = mask && kept ? Mask(either(call, *kept, *mask)) : Mask();
    result = add_binary(call, kKind, result, value);
  }
  return {result};
}

std::vector<ValueId> subtract(LayerCall& call) {
  require(call.inputs().size() == 2, ErrorCode::kInvalidArgument, "is called on {} tensors, not 2",
          call.inputs().size());
  return {merge(call, BinaryKind::kSubtract)};
}

std::vector<ValueId> average(LayerCall& call) {
  const ValueId sum = as_float(call, merge(call, BinaryKind::kAdd));
  return {add_affine(call, 1.0 / static_cast<double>(call.inputs().size()), 0.0, sum)};
}

/// Of InceptionResNetV2: the first tensor and the second, scaled.
std::vector<ValueId> scaled_sum(LayerCall& call) {
  require(call.inputs().size() == 2, ErrorCode::kInvalidArgument, "is called on {} tensors, not 2",
          call.inputs().size());
  const double scale = call.config().number("scale", 1.0);
  const ValueId scaled = add_affine(call, scale, 0.0, as_float(call, call.inputs()[1]));
  return {add_binary(call, BinaryKind::kAdd, call.inputs()[0], scaled)};
}

}  // namespace

void register_merging(Registry& registry) {
  registry.add_layer("Add", merging<BinaryKind::kAdd>, join_masks);
  registry.add_layer("Subtract", subtract, join_masks);
  registry.add_layer("Multiply", multiply, join_masks);
  registry.add_layer("Average", average, join_masks);
  registry.add_layer("Maximum", extremum<BinaryKind::kMaximum>, join_masks);
  registry.add_layer("Minimum", extremum<BinaryKind::kMinimum>, join_masks);
  registry.add_layer("CustomScaleLayer", scaled_sum);
}

}  // namespace weir::layers
