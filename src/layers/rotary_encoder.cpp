#include <cmath>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/attention_masks.h"
#include "layers/masking.h"
#include "layers/registry.h"
#include "layers/rms_normalization.h"
#include "layers/rotary.h"
#include "layers/shaping.h"
#include "ops/attention.h"

/// The encoders of keras-hub's ESM and RoFormerV2, with rotary embeddings.
namespace weir::layers {
namespace {

/// The mask is one of queries here, not of keys: what is masked attends to all keys alike.
ValueId add_attention(LayerCall& call, const std::optional<Rotation>& rotation, ValueId x) {
  const Config config = call.config();
  const Sublayers layers = Sublayers(call).at("attention_layer");
  const Shape shape = call.shape(x);
  const std::int64_t heads = size_in(config, "heads");
  const std::int64_t size = size_in(config, "head_size");
  const Json options{{"use_bias", config.boolean("use_bias", false)}};
  const auto project = [&](const char* attribute) {
    return add_reshape(call, add_dense(layers, attribute, heads * size, x, options),
                       {shape[0], shape[1], heads, size});
  };
  const auto turned = [&](const char* attribute) {
    const ValueId projected = project(attribute);
    return rotation ? add_rotation(call, *rotation, projected) : projected;
  };
  std::vector<ValueId> inputs{turned("q_dense"), turned("k_dense"), project("v_dense")};
  if (const auto mask = tensor_argument(call, 1, "attention_mask")) {
    inputs.push_back(add_reshape(call, as_mask(call, *mask), {shape[0], 1, shape[1], 1}));
  }
  const kernels::AttentionRule rule{
      .scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(size)))};
  const ValueId result =
      call.add_many(ops::make_attention({.rule = rule}), std::move(inputs)).front();
  return add_dense(layers, "o_dense", heads * size,
                   add_reshape(call, result, {shape[0], shape[1], heads * size}), options);
}

ValueId add_feedforward(LayerCall& call, ValueId x) {
  const Config config = call.config();
  const Sublayers layers(call);
  const bool has_bias = config.boolean("use_bias", false);
  const ValueId inner = add_dense(
      layers, "feedforward_intermediate_dense", size_in(config, "intermediate_size"), x,
      {{"use_bias", has_bias}, {"activation", config.json().value("activation", Json("relu"))}});
  return add_dense(layers, "feedforward_output_dense", call.shape(x).back(), inner,
                   {{"use_bias", has_bias}});
}

Rotation read_rotation(const Config& config) {
  return make_rotation(size_in(config, "head_size"), config.number("max_wavelength", 10000.0));
}

std::vector<ValueId> esm_encoder(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const double epsilon = config.number("layer_norm_eps", 1e-12);
  const std::optional<Rotation> rotation =
      config.boolean("use_rotary", true) ? std::optional(read_rotation(config)) : std::nullopt;
  const ValueId input = main_argument(call, "x");
  const ValueId normal = add_layer_norm(layers, "attention_norm", epsilon, input);
  const ValueId attended = add_sum(call, input, add_attention(call, rotation, normal));
  const ValueId x = add_layer_norm(layers, "feedforward_norm", epsilon, attended);
  return {add_sum(call, attended, add_feedforward(call, x))};
}

std::vector<ValueId> roformer_encoder(LayerCall& call) {
  constexpr double kEpsilon = 1e-7;
  const Sublayers layers(call);
  Rotation rotation = read_rotation(call.config());
  rotation.of_neighbours = true;
  const ValueId input = main_argument(call, "x");
  const ValueId attended = add_sum(call, input, add_attention(call, rotation, input));
  const ValueId x = add_rms_norm(layers, "attention_norm", kEpsilon, attended);
  return {add_rms_norm(layers, "feedforward_norm", kEpsilon,
                       add_sum(call, x, add_feedforward(call, x)))};
}

}  // namespace

void register_rotary_encoder(Registry& registry) {
  registry.add_layer("keras_hub>ESMEncoder", esm_encoder);
  registry.add_layer("keras_hub>RoformerV2Encoder", roformer_encoder);
}

}  // namespace weir::layers
