#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/scored_attention.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/rms_normalization.h"
#include "layers/rotary.h"
#include "ops/unary.h"

/// The decoder layers of keras-hub's Gemma, Gemma 2 and Gemma 3, without images.
namespace weir::layers {
namespace {

using kernels::BinaryKind;

constexpr MaskArguments kGemmaMasks{1, "padding_mask"};

double soft_cap_of(const Config& config) {
  const double cap = config.number("logit_soft_cap", 0.0);
  require(cap >= 0, ErrorCode::kMalformed, "logit_soft_cap is {}", cap);
  return cap;
}

ValueId add_gemma_attention(LayerCall& call, ValueId x) {
  const Config config = call.config();
  require(!config.boolean("use_bidirectional_attention", false), ErrorCode::kUnsupported,
          "bidirectional attention is not supported");
  const Sublayers layers = Sublayers(call).at("attention");
  const std::int64_t width = call.shape(x).back();
  const Heads heads = read_heads(config, width);
  const Rotation rotation = make_rotation(heads.size, config.number("rope_wavelength", 10000.0),
                                          config.number("rope_scaling_factor", 1.0));
  const bool normalizes = config.boolean("use_query_key_norm", false);
  const auto project = [&](const char* part, std::int64_t count) {
    return add_einsum_dense(layers, part, "btd,ndh->btnh", {count, heads.size}, x);
  };
  const auto turned = [&](const char* part, const char* norm, std::int64_t count) {
    ValueId projected = project(part, count);
    if (normalizes) {
      projected = add_rms_norm(layers, norm, config.number("layer_norm_epsilon", 1e-6), projected,
                               RmsScale::kWeightPlusOne);
    }
    return add_rotation(call, rotation, projected);
  };
  const std::int64_t window = config.boolean("use_sliding_window_attention", false)
                                  ? size_in(config, "sliding_window_size", 4096)
                                  : 0;
  const ValueId result =
      add_scored_attention(call, {heads.size, window, soft_cap_of(config)},
                           turned("query_dense", "query_norm", heads.queries),
                           turned("key_dense", "key_norm", heads.keys),
                           project("value_dense", heads.keys), score_masks(call, kGemmaMasks));
  return add_einsum_dense(layers, "output_dense", "btnh,nhd->btd", {width}, result);
}

ValueId add_gemma_feedforward(LayerCall& call, ValueId x) {
  const Config config = call.config();
  const Sublayers layers(call);
  const std::int64_t units =
      size_in(config, "intermediate_dim") / size_in(config, "gate_dim_reduction", 2);
  const std::int64_t width = call.shape(x).back();
  const auto project = [&](const char* part) {
    return add_einsum_dense(layers, part, "btd,df->btf", {units}, x);
  };
  const ValueId gate =
      call.add(ops::make_unary({kernels::UnaryKind::kGeluTanh}), {project("gating_ffw")});
  const ValueId inner = add_binary(call, BinaryKind::kMultiply, gate, project("gating_ffw_2"));
  return add_einsum_dense(layers, "ffw_linear", "btf,fd->btd", {width}, inner);
}

std::vector<ValueId> gemma_decoder(LayerCall& call) {
  refuse_cache(call);
  require(!tensor_argument(call, 2, "vision_mask"), ErrorCode::kUnsupported,
          "images in a text are not supported");
  const Config config = call.config();
  const Sublayers layers(call);
  const auto norm = [&](const char* attribute, ValueId x) {
    return add_rms_norm(layers, attribute, config.number("layer_norm_epsilon", 1e-6), x,
                        RmsScale::kWeightPlusOne);
  };
  const ValueId input = main_argument(call, "x");
  ValueId x = add_gemma_attention(call, norm("pre_attention_norm", input));
  if (config.boolean("use_post_attention_norm", false)) x = norm("post_attention_norm", x);
  const ValueId attended = add_sum(call, input, x);
  x = add_gemma_feedforward(call, norm("pre_ffw_norm", attended));
  if (config.boolean("use_post_ffw_norm", false)) x = norm("post_ffw_norm", x);
  return {add_sum(call, x, attended)};
}

}  // namespace

void register_gemma_decoder(Registry& registry) {
  for (const char* name : {"GemmaDecoderBlock", "Gemma3DecoderBlock"}) {
    registry.add_layer(fmt::format("keras_hub>{}", name), gemma_decoder, pass_first_mask);
  }
}

}  // namespace weir::layers
