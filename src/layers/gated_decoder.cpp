#include "base/fail.h"
#include "layers/activation.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/grouped_attention.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/rms_normalization.h"
#include "layers/rotary.h"
#include "layers/shaping.h"

/// The decoder layers of keras-hub's Llama, Mistral, Qwen, Qwen 3, Phi-3 and SmolLM3: rotary
/// embeddings, queries that share keys, and a feedforward part with a gate.
namespace weir::layers {
namespace {

using kernels::BinaryKind;

/// The attributes of a decoder layer.
struct DecoderNames {
  const char* attention_norm;
  const char* attention;
  const char* feedforward_norm;
  const char* feedforward;  ///< What those of the feedforward part begin with.
};

constexpr DecoderNames kPrivateNames{"_self_attention_layernorm", "_self_attention_layer",
                                     "_feedforward_layernorm", "_feedforward"};
constexpr DecoderNames kPublicNames{"pre_attention_layernorm", "attention",
                                    "post_attention_layernorm", "feedforward"};

/// What the models differ in.
struct DecoderTraits {
  DecoderNames names;
  GroupedAttention attention = {};
};

class GatedDecoder {
 public:
  GatedDecoder(LayerCall& call, const DecoderTraits& traits)
      : call_(call),
        traits_(traits),
        config_(call.config()),
        layers_(call),
        input_(main_argument(call, "decoder_sequence")),
        width_(call.shape(input_).back()),
        epsilon_(config_.number("layer_norm_epsilon", 1e-5)) {}

  ValueId add() const {
    refuse_cache(call_);
    const ValueId normal = add_rms_norm(layers_, traits_.names.attention_norm, epsilon_, input_);
    const ValueId attended = add_sum(
        call_,
        add_grouped_attention(layers_.at(traits_.names.attention), traits_.attention, normal),
        input_);
    const ValueId x = add_rms_norm(layers_, traits_.names.feedforward_norm, epsilon_, attended);
    return add_sum(call_, add_feedforward(x), attended);
  }

 private:
  ValueId add_feedforward(ValueId x) const {
    const std::string prefix = traits_.names.feedforward;
    const std::int64_t units = size_in(config_, "intermediate_dim");
    const Json no_bias{{"use_bias", false}};
    const Json activation = config_.json().value("activation", Json("silu"));
    const ValueId gate = add_activation(
        call_, activation, add_dense(layers_, prefix + "_gate_dense", units, x, no_bias));
    const ValueId inner = add_dense(layers_, prefix + "_intermediate_dense", units, x, no_bias);
    return add_dense(layers_, prefix + "_output_dense", width_,
                     add_binary(call_, BinaryKind::kMultiply, inner, gate), no_bias);
  }

  LayerCall& call_;
  const DecoderTraits& traits_;
  Config config_;
  Sublayers layers_;
  ValueId input_;
  std::int64_t width_;
  double epsilon_;
};

Lower gated_decoder(const DecoderTraits& traits) {
  return [traits](LayerCall& call) -> std::vector<ValueId> {
    return {GatedDecoder(call, traits).add()};
  };
}

/// A config names the factor by which Llama 3.1 slows some of the waves nowhere.
std::vector<ValueId> llama_decoder(LayerCall& call) {
  require(!call.config().has("rope_low_freq_factor"), ErrorCode::kUnsupported,
          "the rotary embedding of Llama 3.1 is not supported: its frequency adjustment factor is "
          "not in the file");
  static constexpr DecoderTraits kTraits{kPrivateNames};
  return {GatedDecoder(call, kTraits).add()};
}

std::vector<ValueId> phi_decoder(LayerCall& call) {
  require(!call.config().has("rope_scaling_type"), ErrorCode::kUnsupported,
          "a scaled rotary embedding is not supported");
  static constexpr DecoderTraits kTraits{kPublicNames, {.prefix = ""}};
  return {GatedDecoder(call, kTraits).add()};
}

/// Of SmolLM3, in some of whose layers nothing is turned.
class SmolDecoder {
 public:
  explicit SmolDecoder(LayerCall& call)
      : call_(call),
        config_(call.config()),
        layers_(call),
        width_(size_in(config_, "hidden_size")),
        heads_{size_in(config_, "num_attention_heads"), size_in(config_, "num_key_value_heads"),
               head_size(width_, size_in(config_, "num_attention_heads"))} {
    require(config_.number("partial_rotary_factor", 1.0) == 1.0, ErrorCode::kUnsupported,
            "a partial rotary embedding is not supported");
  }

  ValueId add() const {
    refuse_cache(call_);
    const ValueId input = main_argument(call_, "hidden_states");
    const ValueId attended = add_sum(call_, input, add_attention(norm("input_layernorm", input)));
    return add_sum(call_, attended, add_feedforward(norm("post_attention_layernorm", attended)));
  }

 private:
  ValueId norm(const char* attribute, ValueId x) const {
    return add_rms_norm(layers_, attribute, config_.number("layer_norm_epsilon", 1e-6), x);
  }

  bool is_turned() const {
    const Json enabled = config_.json().value("rope_layer_enabled_list", Json::array());
    const std::int64_t layer = config_.integer("layer_idx", 0);
    if (!enabled.is_array() || layer < 0 || layer >= static_cast<std::int64_t>(enabled.size())) {
      return true;
    }
    const Json& turned = enabled[static_cast<std::size_t>(layer)];
    return turned != false && turned != 0;
  }

  ValueId add_attention(ValueId x) const {
    const Sublayers layers = layers_.at("self_attn");
    const Json options{{"use_bias", config_.boolean("attention_bias", false)}};
    const auto project = [&](const char* attribute, std::int64_t count) {
      const ValueId flat = add_dense(layers, attribute, count * heads_.size, x, options);
      return add_reshape(call_, flat, {call_.shape(x)[0], -1, count, heads_.size});
    };
    ValueId queries = project("q_proj", heads_.queries);
    ValueId keys = project("k_proj", heads_.keys);
    if (is_turned()) {
      const Rotation rotation = make_rotation(heads_.size, config_.number("rope_theta", 10000.0));
      queries = add_rotation(call_, rotation, queries);
      keys = add_rotation(call_, rotation, keys);
    }
    constexpr MaskArguments kMasks{2, "decoder_padding_mask", "decoder_attention_mask"};
    const ValueId result =
        add_scored_attention(call_, {heads_.size}, queries, keys, project("v_proj", heads_.keys),
                             score_masks(call_, kMasks));
    return add_einsum_dense(layers, "o_proj", "bquh,uhm->bqm", {width_}, result);
  }

  ValueId add_feedforward(ValueId x) const {
    const std::int64_t units = size_in(config_, "intermediate_size");
    const bool has_bias = config_.boolean("mlp_bias", false);
    const ValueId gate = add_dense(layers_, "mlp/gate_proj", units, x,
                                   {{"use_bias", has_bias}, {"activation", "silu"}});
    const ValueId inner = add_dense(layers_, "mlp/up_proj", units, x, {{"use_bias", has_bias}});
    return add_dense(layers_, "mlp/down_proj", width_,
                     add_binary(call_, BinaryKind::kMultiply, gate, inner),
                     {{"use_bias", has_bias}});
  }

  LayerCall& call_;
  Config config_;
  Sublayers layers_;
  std::int64_t width_;
  Heads heads_;
};

std::vector<ValueId> smol_decoder(LayerCall& call) { return {SmolDecoder(call).add()}; }

}  // namespace

void register_gated_decoder(Registry& registry) {
  const auto add = [&](const char* name, const Lower& lower) {
    registry.add_layer(fmt::format("keras_hub>{}", name), lower, pass_first_mask);
  };
  add("LlamaTransformerDecoder", llama_decoder);
  add("MistralTransformerDecoder", gated_decoder({kPrivateNames}));
  add("QwenTransformerDecoder", gated_decoder({kPrivateNames, {.has_bias = true}}));
  add("Qwen3TransformerDecoder", gated_decoder({kPrivateNames, {.normalizes_heads = true}}));
  add("Phi3Decoder", phi_decoder);
  add("SmolLM3DecoderLayer", smol_decoder);
}

}  // namespace weir::layers
