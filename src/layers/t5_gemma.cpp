#include "base/fail.h"
#include "layers/activation.h"
#include "layers/as_float.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/rms_normalization.h"
#include "layers/rotary.h"
#include "layers/scored_attention.h"

/// The layers of keras-hub's T5Gemma: those of Gemma as an encoder, and as a decoder that attends
/// to what was encoded.
namespace weir::layers {
namespace {

class T5GemmaLayer {
 public:
  explicit T5GemmaLayer(LayerCall& call)
      : call_(call),
        config_(call.config()),
        layers_(call),
        epsilon_(config_.number("rms_norm_eps", 1e-6)),
        heads_{size_in(config_, "num_attention_heads"), size_in(config_, "num_key_value_heads"),
               size_in(config_, "head_dim")} {
    refuse_cache(call);
    require(!call.inputs().empty(), ErrorCode::kInvalidArgument, "is called on no tensor");
  }

  ValueId input() const { return as_float(call_, call_.inputs().front()); }

  /// What an encoder layer attends to, itself, or a decoder layer: itself and what lies before.
  ScoredAttention rule(bool causal) const {
    ScoredAttention attention{.size = size_in(config_, "query_pre_attn_scalar", 256),
                              .soft_cap = config_.number("attn_logit_softcapping", 0.0),
                              .causal = causal,
                              .masked = kernels::MaskedScore::kLowered};
    require(attention.soft_cap >= 0, ErrorCode::kMalformed, "attn_logit_softcapping is {}",
            attention.soft_cap);
    if (causal && config_.text("layer_type", "") == "sliding_attention") {
      // The farthest key is as many positions away as the config says.
      attention.window = size_in(config_, "sliding_window") + 1;
    }
    return attention;
  }

  ValueId add_self_attention(const ScoredAttention& rule, const MaskArguments& masks,
                             ValueId input) const {
    const Rotation rotation =
        make_rotation(heads_.size, config_.number("rope_max_wavelength", 10000.0));
    return add_residual("self_attn_layernorm", input, [&](ValueId x) {
      const Sublayers layers = layers_.at("self_attn");
      const ValueId queries = project(layers, "query_dense", heads_.queries, x);
      const ValueId keys = project(layers, "key_dense", heads_.keys, x);
      return add_attention(layers, rule, add_rotation(call_, rotation, queries),
                           add_rotation(call_, rotation, keys), x, masks);
    });
  }

  ValueId add_cross_attention(const MaskArguments& masks, ValueId input, ValueId encoded) const {
    return add_residual("cross_attn_layernorm", input, [&](ValueId x) {
      const Sublayers layers = layers_.at("cross_attn");
      return add_attention(layers, rule(/*causal=*/false),
                           project(layers, "query_dense", heads_.queries, x),
                           project(layers, "key_dense", heads_.keys, encoded), encoded, masks);
    });
  }

  ValueId add_feedforward(ValueId input) const {
    return add_residual("feedforward_layernorm", input, [&](ValueId x) {
      const std::int64_t units = size_in(config_, "intermediate_size");
      const Json no_bias{{"use_bias", false}};
      const Json activation = config_.json().value("hidden_activation", Json());
      const ValueId gate =
          add_activation(call_, activation, add_dense(layers_, "mlp/gate_proj", units, x, no_bias));
      const ValueId inner = add_dense(layers_, "mlp/up_proj", units, x, no_bias);
      return add_dense(layers_, "mlp/down_proj", call_.shape(x).back(),
                       add_binary(call_, kernels::BinaryKind::kMultiply, gate, inner), no_bias);
    });
  }

 private:
  ValueId norm(const std::string& attribute, ValueId x) const {
    return add_rms_norm(layers_, attribute, epsilon_, x, RmsScale::kWeightPlusOne);
  }

  /// Between two normalizations.
  template <typename Function>
  ValueId add_residual(const std::string& name, ValueId input, const Function& function) const {
    return add_sum(call_, input, norm("post_" + name, function(norm("pre_" + name, input))));
  }

  ValueId project(const Sublayers& layers, const char* part, std::int64_t count, ValueId x) const {
    return add_einsum_dense(layers, part, "btd,dnh->btnh", {count, heads_.size}, x,
                            has_bias() ? "nh" : "");
  }

  ValueId add_attention(const Sublayers& layers, const ScoredAttention& rule, ValueId queries,
                        ValueId keys, ValueId source, const MaskArguments& masks) const {
    const ValueId values = project(layers, "value_dense", heads_.keys, source);
    const ValueId result =
        add_scored_attention(call_, rule, queries, keys, values, score_masks(call_, masks));
    return add_einsum_dense(layers, "output_dense", "btnh,nhd->btd",
                            {size_in(config_, "hidden_size")}, result, has_bias() ? "d" : "");
  }

  bool has_bias() const { return config_.boolean("attention_bias", false); }

  LayerCall& call_;
  Config config_;
  Sublayers layers_;
  double epsilon_;
  Heads heads_;
};

std::vector<ValueId> encoder(LayerCall& call) {
  const T5GemmaLayer layer(call);
  const ValueId attended =
      layer.add_self_attention(layer.rule(/*causal=*/false), {1, "padding_mask"}, layer.input());
  return {layer.add_feedforward(attended)};
}

std::vector<ValueId> decoder(LayerCall& call) {
  require(call.inputs().size() >= 2, ErrorCode::kInvalidArgument, "a decoder without an encoder");
  const T5GemmaLayer layer(call);
  const ValueId encoded = as_float(call, call.inputs()[1]);
  ValueId x = layer.add_self_attention(layer.rule(/*causal=*/true),
                                       {1, "self_attention_padding_mask"}, layer.input());
  x = layer.add_cross_attention({2, "cross_attention_padding_mask"}, x, encoded);
  return {layer.add_feedforward(x)};
}

}  // namespace

void register_t5_gemma(Registry& registry) {
  registry.add_layer("keras_hub>T5GemmaEncoderLayer", encoder);
  registry.add_layer("keras_hub>T5GemmaDecoderLayer", decoder);
}

}  // namespace weir::layers
