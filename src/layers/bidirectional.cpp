#include "base/fail.h"
#include "layers/operand.h"
#include "layers/recurrent.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/concat.h"

namespace weir::layers {
namespace {

using kernels::BinaryKind;

struct Directions {
  RecurrentOutputs forward;
  RecurrentOutputs backward;
};

/// One of the two layers; `index` is 0 for the forward one.
RecurrentOutputs add_direction(LayerCall& call, std::size_t index) {
  LayerCall layer = call.inside(*call.record().inner.at(index).layer, {});
  RecurrentInputs inputs = recurrent_inputs(call);
  require(inputs.states.size() % 2 == 0, ErrorCode::kInvalidArgument,
          "{} initial states cannot be halved", inputs.states.size());
  const auto half = static_cast<std::ptrdiff_t>(inputs.states.size() / 2);
  const auto first = inputs.states.begin() + (index == 0 ? 0 : half);
  inputs.states = {first, first + half};
  ops::RecurrentRun run = recurrent_run(layer.config());
  // As Keras forces it.
  run.zero_when_masked = run.all_outputs;
  // The backward outputs are turned round again, whichever of the layers it is that goes backwards.
  run.in_time_order = index == 1 && run.backwards;
  RecurrentOutputs outputs = add_recurrent(layer, inputs, run);
  if (index == 1 && run.all_outputs && !run.backwards) {
    const std::size_t time = layer.config().boolean("time_major", false) ? 0 : 1;
    outputs.output = add_flip(call, outputs.output, time);
  }
  return outputs;
}

/// The outputs of both directions as one, or side by side where nothing merges them.
std::vector<ValueId> merged(LayerCall& call, ValueId forward, ValueId backward) {
  const Config config = call.config();
  if (config.json().contains("merge_mode") && !config.has("merge_mode")) {
    return {forward, backward};
  }
  const std::string mode = config.text("merge_mode", "concat");
  if (mode == "concat") {
    const std::size_t last = to_axis(-1, call.shape(forward).rank());
    return {call.add(ops::make_concat(last), {forward, backward})};
  }
  if (mode == "mul") return {add_binary(call, BinaryKind::kMultiply, forward, backward)};
  const ValueId sum = add_binary(call, BinaryKind::kAdd, forward, backward);
  if (mode == "sum") return {sum};
  require(mode == "ave", ErrorCode::kMalformed, "merge_mode is '{}'", mode);
  return {add_affine(call, 0.5, 0.0, sum)};
}

std::vector<ValueId> bidirectional(LayerCall& call) {
  require(call.record().inner.size() == 2, ErrorCode::kMalformed,
          "there is no layer for a direction");
  const RecurrentOutputs forward = add_direction(call, 0);
  const RecurrentOutputs backward = add_direction(call, 1);
  std::vector<ValueId> outputs = merged(call, forward.output, backward.output);
  const keras::LayerRecord& layer = *call.record().inner.front().layer;
  if (Config(layer.config).boolean("return_state", false)) {
    for (const RecurrentOutputs* direction : {&forward, &backward}) {
      outputs.insert(outputs.end(), direction->states.begin(), direction->states.end());
    }
  }
  return outputs;
}

std::vector<Mask> mask_of_directions(LayerCall& call, std::span<const ValueId> /*outputs*/) {
  const Config config = call.config();
  const keras::LayerRecord& layer = *call.record().inner.front().layer;
  if (!Config(layer.config).boolean("return_sequences", false)) return {};
  const bool is_merged = !config.json().contains("merge_mode") || config.has("merge_mode");
  return is_merged ? std::vector<Mask>{call.mask()} : std::vector<Mask>{call.mask(), call.mask()};
}

}  // namespace

void register_bidirectional(Registry& registry) {
  registry.add_layer("Bidirectional", bidirectional, mask_of_directions);
}

}  // namespace weir::layers
