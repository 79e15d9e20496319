#include <algorithm>

#include "base/fail.h"
#include "layers/activation.h"
#include "layers/arguments.h"
#include "layers/grouped_attention.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/rms_normalization.h"
#include "layers/rotary.h"
#include "layers/shaping.h"
#include "ops/category_counts.h"
#include "ops/order.h"
#include "ops/reduce.h"
#include "ops/softmax.h"
#include "ops/unary.h"

/// The decoder layers of keras-hub's Mixtral, Qwen MoE, Qwen 3 MoE and GPT-OSS: feedforward parts
/// side by side, of which a router weighs a few for each position. As in keras-hub, all of them are
/// computed.
namespace weir::layers {
namespace {

using kernels::BinaryKind;

/// How many feedforward parts there are, and how many of them count for a position.
struct Experts {
  std::int64_t count;
  std::int64_t chosen;
  std::int64_t units;  ///< Of the inner layer of each.
};

Experts read_experts(const Config& config, const char* units) {
  const Experts experts{size_in(config, "num_experts"), size_in(config, "top_k", 2),
                        size_in(config, units)};
  require(experts.chosen <= experts.count, ErrorCode::kMalformed, "{} of {} experts",
          experts.chosen, experts.count);
  return experts;
}

/// An EinsumDense layer whose kernel is one of the variables of `layers`.
ValueId add_product(const Sublayers& layers, std::size_t variable, std::string_view equation,
                    const std::vector<std::int64_t>& sizes, ValueId input) {
  keras::LayerRecord record = layers.record("", "EinsumDense", Json::object());
  record.name += fmt::format("/{}", variable);
  auto& vars = record.weights.vars;
  if (!vars.empty()) {
    require(variable < vars.size(), ErrorCode::kMalformed,
            "the file has {} weights for its experts, number {} is missing", vars.size(), variable);
    vars = {vars[variable]};
  }
  Json shape = Json::array({nullptr});
  for (const std::int64_t size : sizes) shape.push_back(size);
  record.config = {{"equation", equation}, {"output_shape", shape}};
  return layers.call().add_inner(record, {input}).front();
}

/// What each expert weighs, (batch, positions, experts): where `weights` has those of the chosen
/// ones, `places` says which they are.
ValueId add_shares(LayerCall& call, const Experts& experts, ValueId weights, ValueId places) {
  const Shape shape = call.shape(weights);
  const Shape columns{shape[0], shape[1], experts.chosen, 1};
  const ValueId chosen =
      call.add(ops::make_category_counts(
                   {.categories = experts.count, .binary = true, .dtype = DType::kFloat32}),
               {add_reshape(call, places, columns)});
  const ValueId weighted =
      add_binary(call, BinaryKind::kMultiply, chosen, add_reshape(call, weights, columns));
  return call.add(ops::make_reduce(kernels::ReduceKind::kSum, {2}, false), {weighted});
}

/// Of the probabilities of all experts, those of the likeliest.
ValueId add_probable_shares(const Sublayers& router, const Experts& experts, bool sums_to_one,
                            ValueId x) {
  LayerCall& call = router.call();
  const ValueId scores = add_dense(router, "", experts.count, x, {{"use_bias", false}});
  const ValueId all = call.add(ops::make_softmax(2), {scores});
  const std::vector<ValueId> best =
      call.add_many(ops::make_order(kernels::Order::kFalling, experts.chosen), {all});
  if (!sums_to_one) return add_shares(call, experts, best[0], best[1]);
  const ValueId sum = call.add(ops::make_reduce(kernels::ReduceKind::kSum, {2}, true), {best[0]});
  return add_shares(call, experts, add_division(call, best[0], sum), best[1]);
}

/// inner (batch, positions, experts, units) through the last layers, by the shares added up.
ValueId add_outputs(const Sublayers& bank, std::size_t variable, ValueId inner, ValueId shares,
                    std::int64_t width) {
  LayerCall& call = bank.call();
  Shape columns = call.shape(shares);
  columns.push_back(1);
  const ValueId weighted =
      add_binary(call, BinaryKind::kMultiply, inner, add_reshape(call, shares, columns));
  return add_product(bank, variable, "btem,emh->bth", {width}, weighted);
}

/// What is between the first layers of the experts and their last.
ValueId add_gate(LayerCall& call, const Json& activation, ValueId gate, ValueId inner) {
  return add_binary(call, BinaryKind::kMultiply, add_activation(call, activation, gate), inner);
}

ValueId add_mixtral_experts(LayerCall& call, ValueId x) {
  const Experts experts = read_experts(call.config(), "intermediate_dim");
  const Sublayers block = Sublayers(call).at("_sparse_moe_block");
  const Sublayers bank = block.at("expert_bank");
  const ValueId shares =
      add_probable_shares(block.at("_sparse_feedforward_gate_dense"), experts, true, x);
  const auto project = [&](std::size_t variable) {
    return add_product(bank, variable, "bth,ehm->btem", {experts.count, experts.units}, x);
  };
  const ValueId gated = add_gate(call, "silu", project(0), project(1));
  return add_outputs(bank, 2, gated, shares, call.shape(x).back());
}

/// A feedforward part with a gate, which all positions share.
ValueId add_shared(const Sublayers& layers, std::int64_t units, ValueId x) {
  const Json no_bias{{"use_bias", false}};
  const auto project = [&](const char* attribute) {
    return add_dense(layers, attribute, units, x, no_bias);
  };
  const ValueId gated = add_gate(layers.call(), "silu", project("_feedforward_gate_dense"),
                                 project("_feedforward_intermediate_dense"));
  return add_dense(layers, "_feedforward_output_dense", layers.call().shape(x).back(), gated,
                   no_bias);
}

/// The experts of the Qwen models, whose two first layers are one weight.
ValueId add_qwen_experts(const Sublayers& block, ValueId x) {
  LayerCall& call = block.call();
  const Config config = call.config();
  const Experts experts = read_experts(config, "moe_intermediate_dim");
  const Sublayers bank = block.at("expert_bank");
  const ValueId shares = add_probable_shares(block.at("_sparse_feedforward_gate_dense"), experts,
                                             config.boolean("norm_top_k_prob", false), x);
  const ValueId both = add_product(bank, 0, "bth,ehm->btem", {experts.count, 2 * experts.units}, x);
  const auto half = [&](std::int64_t first) {
    return add_part(call, both, {3, first, 1, experts.units});
  };
  const ValueId gated = add_gate(call, "silu", half(0), half(experts.units));
  return add_outputs(bank, 1, gated, shares, call.shape(x).back());
}

/// Which layers have experts at all, only their weights say: the place of a layer is not in its
/// config.
ValueId add_qwen_feedforward(LayerCall& call, ValueId x) {
  const Config config = call.config();
  const Sublayers block = Sublayers(call).at("mlp");
  require(call.has_weights(), ErrorCode::kUnsupported,
          "whether it has experts cannot be told without the weights");
  if (!block.has("expert_bank")) return add_shared(block, size_in(config, "intermediate_dim"), x);
  const ValueId chosen = add_qwen_experts(block, x);
  if (!block.has("shared_expert_dense")) return chosen;
  const ValueId shared = add_shared(block.at("shared_expert_dense"),
                                    size_in(config, "shared_expert_intermediate_dim"), x);
  const ValueId gate = add_dense(block, "shared_expert_gate_dense", 1, x,
                                 {{"use_bias", false}, {"activation", "sigmoid"}});
  return add_sum(call, chosen, add_binary(call, BinaryKind::kMultiply, shared, gate));
}

/// GPT-OSS's experts: even elements of their first layer are gates, odd ones are gated.
ValueId add_gpt_experts(LayerCall& call, ValueId x) {
  constexpr float kLimit = 7.0F;
  constexpr double kSlope = 1.702;
  const Config config = call.config();
  const Experts experts = read_experts(config, "intermediate_dim");
  const Sublayers block = Sublayers(call).at("sparse_moe_block");
  const Sublayers bank = block.at("experts");
  const std::int64_t width = call.shape(x).back();
  const ValueId scores = add_dense(block, "router/router_dense", experts.count, x);
  const std::vector<ValueId> best =
      call.add_many(ops::make_order(kernels::Order::kFalling, experts.chosen), {scores});
  const ValueId shares =
      add_shares(call, experts, call.add(ops::make_softmax(2), {best[0]}), best[1]);

  ValueId both = add_product(bank, 0, "bth,ehm->btem", {experts.count, 2 * experts.units}, x);
  both = add_weight(call, bank.weight(1, {experts.count, 2 * experts.units}), both);
  const auto half = [&](std::int64_t first, float low) {
    return call.add(ops::make_unary(kernels::clip(low, kLimit)),
                    {add_part(call, both, {3, first, 2, experts.units})});
  };
  const ValueId gate = half(0, -1e9F);
  const ValueId open = call.add(ops::make_unary({kernels::UnaryKind::kSigmoid}),
                                {add_affine(call, kSlope, 0.0, gate)});
  const ValueId inner = add_affine(call, 1.0, 1.0, half(1, -kLimit));
  const ValueId gated = add_binary(call, BinaryKind::kMultiply, inner,
                                   add_binary(call, BinaryKind::kMultiply, gate, open));
  return add_sum(call, add_outputs(bank, 2, gated, shares, width),
                 add_product(bank, 3, "bte,eh->bth", {width}, shares));
}

/// Queries attend to one key more, of which there is only the score.
ValueId add_gpt_attention(LayerCall& call, ValueId x) {
  const Config config = call.config();
  const Sublayers layers = Sublayers(call).at("self_attention_layer");
  const std::int64_t width = call.shape(x).back();
  const Heads heads = read_heads(config, width);
  const Rotation rotation = make_stretched_rotation(
      heads.size / 2 * 2, config.number("rope_max_wavelength", 10000.0),
      {.scaling_factor = config.number("rope_scaling_factor", 1.0), .truncates = false});
  const auto project = [&](const char* part, std::int64_t count) {
    return add_einsum_dense(layers, part, "bqm,muh->bquh", {count, heads.size}, x, "uh");
  };
  ScoredAttention attention{.size = heads.size, .sinks = layers.weight(0, {heads.queries})};
  // The farthest key is as many positions away as the config says.
  if (const std::int64_t window = window_in(config); window > 0) attention.window = window + 1;
  const ValueId result = add_scored_attention(
      call, attention, add_rotation(call, rotation, project("query_dense", heads.queries)),
      add_rotation(call, rotation, project("key_dense", heads.keys)),
      project("value_dense", heads.keys), score_masks(call, kDecoderMasks));
  return add_einsum_dense(layers, "output_dense", "bquh,uhm->bqm", {width}, result, "m");
}

/// The attention and the feedforward part of a layer, and what normalizes before them.
struct ExpertDecoder {
  const char* attention_norm;
  ValueId (*add_attention)(LayerCall& call, ValueId x);
  const char* feedforward_norm;
  ValueId (*add_feedforward)(LayerCall& call, ValueId x);
};

std::vector<ValueId> add_decoder(LayerCall& call, const ExpertDecoder& decoder) {
  refuse_cache(call);
  require(!call.config().boolean("output_router_logits", false), ErrorCode::kUnsupported,
          "output_router_logits is not supported");
  const Sublayers layers(call);
  const double epsilon = call.config().number("layer_norm_epsilon", 1e-6);
  const ValueId input = main_argument(call, "decoder_sequence");
  const ValueId normal = add_rms_norm(layers, decoder.attention_norm, epsilon, input);
  const ValueId attended = add_sum(call, decoder.add_attention(call, normal), input);
  const ValueId x = add_rms_norm(layers, decoder.feedforward_norm, epsilon, attended);
  return {add_sum(call, decoder.add_feedforward(call, x), attended)};
}

ValueId add_mixtral_attention(LayerCall& call, ValueId x) {
  return add_grouped_attention(Sublayers(call).at("_self_attention_layer"), {.prefix = ""}, x);
}

ValueId add_qwen_attention(LayerCall& call, ValueId x) {
  return add_grouped_attention(Sublayers(call).at("_self_attention_layer"),
                               {.prefix = "", .output_prefix = "_", .has_bias = true}, x);
}

ValueId add_qwen3_attention(LayerCall& call, ValueId x) {
  return add_grouped_attention(Sublayers(call).at("_self_attention_layer"),
                               {.normalizes_heads = true}, x);
}

std::vector<ValueId> mixtral_decoder(LayerCall& call) {
  return add_decoder(call, {"_self_attention_layernorm", add_mixtral_attention,
                            "_feedforward_layernorm", add_mixtral_experts});
}

std::vector<ValueId> qwen_decoder(LayerCall& call) {
  return add_decoder(call, {"_self_attention_layernorm", add_qwen_attention,
                            "_feedforward_layernorm", add_qwen_feedforward});
}

std::vector<ValueId> qwen3_decoder(LayerCall& call) {
  return add_decoder(call, {"_self_attention_layernorm", add_qwen3_attention,
                            "_feedforward_layernorm", add_qwen_feedforward});
}

std::vector<ValueId> gpt_decoder(LayerCall& call) {
  return add_decoder(
      call, {"input_layernorm", add_gpt_attention, "post_attention_layernorm", add_gpt_experts});
}

}  // namespace

void register_experts(Registry& registry) {
  registry.add_layer("keras_hub>MixtralTransformerDecoder", mixtral_decoder, pass_first_mask);
  registry.add_layer("keras_hub>QwenMoeTransformerDecoder", qwen_decoder, pass_first_mask);
  registry.add_layer("keras_hub>Qwen3MoeTransformerDecoder", qwen3_decoder, pass_first_mask);
  registry.add_layer("keras_hub>GptOssTransformerDecoder", gpt_decoder, pass_first_mask);
}

}  // namespace weir::layers
