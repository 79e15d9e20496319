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

/// Keras 3 lets a masked element of one tensor leave the other's as it is.
template <BinaryKind kKind>
std::vector<ValueId> merging_kept(LayerCall& call) {
  const bool is_masked = std::ranges::any_of(call.masks(), &Mask::has_value);
  require(!is_masked || call.keras2(), ErrorCode::kUnsupported, "masked inputs are not supported");
  return merging<kKind>(call);
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
  registry.add_layer("Multiply", merging_kept<BinaryKind::kMultiply>, join_masks);
  registry.add_layer("Average", average, join_masks);
  registry.add_layer("Maximum", merging_kept<BinaryKind::kMaximum>, join_masks);
  registry.add_layer("Minimum", merging_kept<BinaryKind::kMinimum>, join_masks);
  registry.add_layer("CustomScaleLayer", scaled_sum);
}

}  // namespace weir::layers
