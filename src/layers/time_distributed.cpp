#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "base/fail.h"
#include "layers/keras_operation.h"
#include "layers/masking.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/concat.h"
#include "ops/loop.h"
#include "ops/reduce.h"

namespace weir::layers {
namespace {

using graph::ValueType;
using keras::LayerRecord;

const LayerRecord& inner_layer(const LayerCall& call) {
  require(call.record().inner.size() == 1, ErrorCode::kMalformed, "there is no layer in it");
  return *call.record().inner.front().layer;
}

/// Layers that do the same at each place of all axes but the last: time is one more of them.
bool ignores_time(const LayerRecord& layer) { return layer.class_name == "Dense"; }

/// Whether a mask changes what the layer gives.
bool asks_for_mask(const LayerRecord& layer) {
  static const std::set<std::string_view> classes{"SimpleRNN",
                                                  "LSTM",
                                                  "GRU",
                                                  "RNN",
                                                  "ConvLSTM1D",
                                                  "ConvLSTM2D",
                                                  "ConvLSTM3D",
                                                  "Bidirectional",
                                                  "Softmax",
                                                  "Attention",
                                                  "TimeDistributed",
                                                  "GlobalAveragePooling1D"};
  return layer.model != nullptr || classes.contains(layer.class_name);
}

/// That of every step, where it says more of a step than whether it is there.
std::optional<ValueId> mask_of_steps(LayerCall& call) {
  const Mask mask = call.mask();
  if (!mask || call.shape(*mask).rank() < 3 || !asks_for_mask(inner_layer(call))) return {};
  return mask;
}

/// One time step of a sequence.
ValueType step_type(const ValueType& sequence) {
  ValueType step{sequence.dtype, {sequence.shape[0]}};
  for (const std::int64_t size : sequence.shape.dims().subspan(2)) step.shape.push_back(size);
  return step;
}

/// A model that is the layer, called on a tensor and its mask.
LayerRecord with_mask_argument(const LayerRecord& layer) {
  const std::array names{layer.name + ".input", layer.name + ".mask"};
  auto model = std::make_shared<keras::ModelRecord>();
  model->kind = keras::ModelRecord::Kind::kFunctional;
  keras::CallRecord call;
  for (const std::string& name : names) {
    LayerRecord input;
    input.class_name = "InputLayer";
    input.name = name;
    model->layers.push_back(std::move(input));
    model->inputs.push_back({"", {name}});
    call.tensors.push_back({name});
  }
  call.args = Json::array({{{"tensor", 0}}});
  call.kwargs = {{"mask", {{"tensor", 1}}}};
  call.masks = 1;
  model->layers.push_back(layer);
  model->layers.back().calls = {std::move(call)};
  model->outputs.push_back({"", {layer.name}});
  LayerRecord wrapped;
  wrapped.class_name = "Functional";
  wrapped.name = layer.name;
  wrapped.model = std::move(model);
  return wrapped;
}

/// (batch, time, …) as (batch, time, elements of a step), of the given type.
ValueId flat_steps(LayerCall& call, DType dtype, ValueId sequence) {
  const Shape& shape = call.shape(sequence);
  return add_reshape(call, add_cast(call, dtype, sequence), {shape[0], shape[1], -1});
}

/// The layer on a step and its mask, which lies behind the step's elements: a loop is over one
/// sequence.
std::vector<ValueId> masked_step(LayerCall& step, const ValueType& type, const ValueType& mask) {
  const auto part = [&](std::int64_t start, const ValueType& of) {
    const std::int64_t size = of.shape.elements() / of.shape[0];
    const ValueId elements =
        add_part(step, step.input(), {.axis = 1, .start = start, .step = 1, .size = size});
    return add_cast(step, of.dtype, add_reshape(step, elements, of.shape));
  };
  const std::int64_t elements = type.shape.elements() / type.shape[0];
  return step.add_inner(with_mask_argument(inner_layer(step)),
                        {part(0, type), part(elements, mask)});
}

graph::Graph masked_body(LayerCall& call, const ValueType& step, const ValueType& mask,
                         const ValueType& both) {
  return call.graph_by([&](LayerCall& inside) { return masked_step(inside, step, mask); },
                       {&both, 1});
}

/// Whether a time step begins where the one before has ended.
bool keeps_states(const LayerRecord& layer) {
  if (Config(layer.config).boolean("stateful", false)) return true;
  const auto any = [](const auto& layers, const auto& record_of) {
    return std::ranges::any_of(layers,
                               [&](const auto& one) { return keeps_states(record_of(one)); });
  };
  const bool is_inside = any(layer.inner, [](const keras::InnerLayer& inner) -> const LayerRecord& {
    return *inner.layer;
  });
  return is_inside || (layer.model != nullptr && any(layer.model->layers, std::identity{}));
}

/// Step `time` of a sequence, without the axis of time.
ValueId add_step(LayerCall& call, ValueId sequence, std::int64_t time) {
  const ValueId part = add_part(call, sequence, {.axis = 1, .start = time, .step = 1, .size = 1});
  return add_reshape(call, part, step_type(call.type(sequence)).shape);
}

/// The layer once for each time step, one behind the other, by turns on one state.
ValueId unrolled(LayerCall& call, ValueId sequence) {
  constexpr std::int64_t kMostSteps = 1 << 12;
  const std::int64_t steps = call.shape(sequence)[1];
  require(steps > 0 && steps <= kMostSteps, ErrorCode::kUnsupported,
          "{} time steps of a layer that keeps states are not supported", steps);
  const LayerRecord& inner = inner_layer(call);
  const auto mask = mask_of_steps(call);
  const LayerRecord layer = mask ? with_mask_argument(inner) : inner;
  std::vector<ValueId> outputs;
  for (std::int64_t time = 0; time < steps; ++time) {
    std::vector<ValueId> inputs{add_step(call, sequence, time)};
    if (mask) inputs.push_back(add_step(call, *mask, time));
    const std::vector<ValueId> output = call.add_inner(layer, inputs);
    require(output.size() == 1, ErrorCode::kUnsupported, "a layer of {} outputs is not supported",
            output.size());
    outputs.push_back(output[0]);
  }
  return add_keras_operation(call, "Stack", {{"axis", 1}}, std::move(outputs)).front();
}

/// The layer runs once for each time step, on all samples; the memory of one step serves all.
std::vector<ValueId> time_distributed(LayerCall& call) {
  const LayerRecord& inner = inner_layer(call);
  ValueId sequence = call.input();
  const ValueType type = call.type(sequence);
  require(type.shape.rank() >= 3 || (type.shape.rank() == 2 && call.keras2()),
          ErrorCode::kInvalidArgument, "the input has the shape {}, expected at least 3 axes",
          to_string(type.shape));
  if (ignores_time(inner)) return call.add_inner(inner, {sequence});
  if (keeps_states(inner)) return {unrolled(call, sequence)};
  const ValueType step = step_type(type);
  graph::Graph body;
  if (const auto mask = mask_of_steps(call)) {
    const ValueType mask_step = step_type({DType::kBool, call.shape(*mask)});
    const DType joint = type.dtype == DType::kBool ? DType::kInt32 : type.dtype;
    sequence = call.add(ops::make_concat(2),
                        {flat_steps(call, joint, sequence), flat_steps(call, joint, *mask)});
    body = masked_body(call, step, mask_step, step_type(call.type(sequence)));
  } else {
    body = call.graph_of(inner, {&step, 1});
  }
  require(body.outputs.size() == 1, ErrorCode::kUnsupported,
          "a layer of {} outputs is not supported", body.outputs.size());
  return {call.add(ops::make_loop(std::move(body), {.in_time_order = true, .all_outputs = true}),
                   {sequence})};
}

/// Keras 2 asks the layer for its mask, and where it has none keeps the steps that have any element
/// left.
Mask keras2_mask(LayerCall& call, std::size_t output_rank) {
  const LayerRecord& inner = inner_layer(call);
  const bool masks_zeros =
      inner.class_name == "Embedding" && Config(inner.config).boolean("mask_zero", false);
  if (masks_zeros) {
    return add_comparison(call, kernels::ComparisonKind::kNotEqual, call.input(),
                          Operand::number(0, true));
  }
  const Mask mask = call.mask();
  if (!mask || call.shape(*mask).rank() < output_rank) return mask;
  std::vector<std::size_t> axes = all_axes(call.shape(*mask).rank());
  axes.erase(axes.begin(), axes.begin() + 2);
  return call.add(ops::make_reduce(kernels::ReduceKind::kAny, std::move(axes), false),
                  {as_mask(call, *mask)});
}

std::vector<Mask> masks_of_steps(LayerCall& call, std::span<const ValueId> outputs) {
  if (!call.keras2()) return pass_masks(call, outputs);
  return {keras2_mask(call, call.shape(outputs.front()).rank())};
}

}  // namespace

void register_time_distributed(Registry& registry) {
  registry.add_layer("TimeDistributed", time_distributed, masks_of_steps);
}

}  // namespace weir::layers
