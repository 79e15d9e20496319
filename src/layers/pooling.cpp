#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/channels_first.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/pool.h"
#include "ops/reduce.h"

namespace weir::layers {
namespace {

using kernels::PoolKind;

/// What is averaged is averaged as floats.
template <PoolKind kKind>
ValueId pool_input(LayerCall& call) {
  return kKind == PoolKind::kAverage ? as_float(call, call.input()) : call.input();
}

/// Pooling kernels want channels last.
ValueId pool_channels_last(LayerCall& call, ValueId images, graph::OperationPtr operation) {
  if (!call.config().channels_first()) return call.add(std::move(operation), {images});
  const ValueId input = to_channels_last(call, images);
  return to_channels_first(call, call.add(std::move(operation), {input}));
}

std::size_t spatial_rank(const LayerCall& call) {
  const Shape shape = call.shape(call.input());
  require(shape.rank() >= 3 && shape.rank() <= 5, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected 3 to 5 axes", to_string(shape));
  return shape.rank() - 2;
}

/// A layer, or an operation of keras.ops, with pool_size, strides and padding.
template <PoolKind kKind>
std::vector<ValueId> pool(LayerCall& call) {
  const Config config = call.config();
  const std::string padding = config.text("padding", "valid");
  require(padding == "valid" || padding == "same", ErrorCode::kMalformed, "padding is '{}'",
          padding);
  ops::SlidingWindow window;
  window.rank = spatial_rank(call);
  const std::vector<std::int64_t> size = config.sizes("pool_size", window.rank, 2);
  window.kernel = ops::to_extent(size);
  window.stride =
      ops::to_extent(config.has("strides") ? config.sizes("strides", window.rank, 1) : size);
  window.padding = padding == "same" ? ops::PaddingMode::kSame : ops::PaddingMode::kValid;
  return {pool_channels_last(call, pool_input<kKind>(call), ops::make_pool(kKind, window))};
}

template <PoolKind kKind>
std::vector<ValueId> adaptive_pool(LayerCall& call) {
  const auto sizes = call.config().sizes("output_size", spatial_rank(call), 1);
  return {pool_channels_last(call, pool_input<kKind>(call), ops::make_adaptive_pool(kKind, sizes))};
}

template <PoolKind kKind>
std::vector<ValueId> global_pool(LayerCall& call) {
  const std::vector<std::int64_t> ones(spatial_rank(call), 1);
  const Config config = call.config();
  const bool channels_first = config.channels_first();
  const ValueId images = pool_input<kKind>(call);
  const ValueId input = channels_first ? to_channels_last(call, images) : images;
  const ValueId pooled = call.add(ops::make_adaptive_pool(kKind, ones), {input});
  const Shape shape = call.shape(pooled);
  Shape target{shape[0], shape.back()};
  if (config.boolean("keepdims", false)) {
    if (!channels_first) return {pooled};
    for (const std::int64_t one : ones) target.push_back(one);
  }
  return {add_reshape(call, pooled, target)};
}

/// The mean over the steps that the mask keeps.
std::vector<ValueId> masked_average(LayerCall& call, ValueId kept_steps) {
  const Config config = call.config();
  const ValueId input = call.input();
  const std::size_t steps = config.channels_first() ? 2 : 1;
  require(call.shape(input).rank() == 3, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected 3 axes", to_string(call.shape(input)));
  Shape mask_shape = call.shape(input);
  mask_shape[3 - steps] = 1;
  const ValueId mask = add_cast(call, DType::kBool, add_reshape(call, kept_steps, mask_shape));
  const ValueId kept = add_select(call, mask, input, Operand::number(0, false));
  const auto sum = [&](ValueId value) {
    return call.add(
        ops::make_reduce(kernels::ReduceKind::kSum, {steps}, config.boolean("keepdims", false)),
        {value});
  };
  return {add_division(call, sum(kept), sum(add_cast(call, DType::kFloat32, mask)))};
}

/// The only pooling that looks at a mask.
std::vector<ValueId> average_steps(LayerCall& call) {
  if (const Mask mask = call.mask()) return masked_average(call, *mask);
  return global_pool<PoolKind::kAverage>(call);
}

}  // namespace

void register_pooling(Registry& registry) {
  for (const char* rank : {"1D", "2D", "3D"}) {
    const auto add = [&](const std::string& name, Lower lower) {
      registry.add_layer(name + rank, lower);
    };
    add("MaxPooling", pool<PoolKind::kMax>);
    add("AveragePooling", pool<PoolKind::kAverage>);
    add("AdaptiveMaxPooling", adaptive_pool<PoolKind::kMaxOrNaN>);
    add("AdaptiveAveragePooling", adaptive_pool<PoolKind::kAverage>);
    add("GlobalMaxPooling", global_pool<PoolKind::kMaxOrNaN>);
  }
  registry.add_layer("GlobalAveragePooling1D", average_steps);
  registry.add_layer("GlobalAveragePooling2D", global_pool<PoolKind::kAverage>);
  registry.add_layer("GlobalAveragePooling3D", global_pool<PoolKind::kAverage>);
  registry.add_operation("MaxPool", pool<PoolKind::kMax>);
  registry.add_operation("AveragePool", pool<PoolKind::kAverage>);
  registry.add_operation("AdaptiveMaxPool", adaptive_pool<PoolKind::kMaxOrNaN>);
  registry.add_operation("AdaptiveAveragePool", adaptive_pool<PoolKind::kAverage>);
}

}  // namespace weir::layers
