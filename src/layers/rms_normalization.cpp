#include "layers/rms_normalization.h"

#include "base/fail.h"
#include "layers/as_float.h"
#include "layers/masking.h"
#include "layers/registry.h"
#include "ops/channel_affine.h"
#include "ops/normalize.h"

/// The root mean square normalizations of keras-hub's language models, each with a class of its
/// own.
namespace weir::layers {
namespace {

ValueId add_norm(const Sublayers& layer, double epsilon, ValueId input, RmsScale scale) {
  LayerCall& call = layer.call();
  input = as_float(call, input);
  const std::int64_t channels = call.shape(input).back();
  const graph::Constant weight = layer.weight(0, {channels});
  ops::NormalizeAttributes attributes{kernels::NormalizeKind::kRootMeanSquare, epsilon, {}, {}};
  if (scale == RmsScale::kWeight) {
    attributes.gamma = weight;
    return call.add(ops::make_normalize(1, std::move(attributes)), {input});
  }
  graph::ChannelAffine plus_one{weight.id + "+1", channels, [weight] {
                                  graph::ChannelAffine::Values values{weight.to_floats(), {}};
                                  for (float& value : values.scale) value += 1.0F;
                                  values.shift.resize(values.scale.size());
                                  return values;
                                }};
  const ValueId normal = call.add(ops::make_normalize(1, std::move(attributes)), {input});
  return call.add(ops::make_channel_affine(std::move(plus_one), 0), {normal});
}

std::vector<ValueId> norm(LayerCall& call) {
  const double epsilon = call.config().number("epsilon", 1e-6);
  return {add_norm(Sublayers(call), epsilon, call.input(), RmsScale::kWeight)};
}

/// Those of the Gemma models, and one of another module that has their name.
std::vector<ValueId> norm_by_module(LayerCall& call) {
  const bool of_gemma = call.record().module.find("gemma") != std::string::npos;
  const double epsilon = call.config().number("epsilon", 1e-6);
  return {add_norm(Sublayers(call), epsilon, call.input(),
                   of_gemma ? RmsScale::kWeightPlusOne : RmsScale::kWeight)};
}

}  // namespace

ValueId add_rms_norm(const Sublayers& layers, std::string_view attribute, double epsilon,
                     ValueId input, RmsScale scale) {
  return add_norm(layers.at(attribute), epsilon, input, scale);
}

void register_rms_normalization(Registry& registry) {
  for (const char* name :
       {"GptOssLayerNormalization", "LlamaLayerNorm", "MistralLayerNormalization",
        "MixtralLayerNormalization", "Phi3LayerNorm", "Qwen3LayerNorm", "Qwen3MoeLayerNorm",
        "QwenLayerNorm", "QwenMoeLayerNorm", "RoformerNorm", "T5LayerNorm"}) {
    registry.add_layer(fmt::format("keras_hub>{}", name), norm, pass_masks);
  }
  registry.add_layer("keras_hub>RMSNormalization", norm_by_module, pass_masks);
}

}  // namespace weir::layers
