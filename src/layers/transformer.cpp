#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/attention_masks.h"
#include "layers/masking.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "layers/sublayers.h"
#include "ops/pad.h"

/// The TransformerEncoder and the TransformerDecoder of keras-hub, also as Whisper has them, and
/// what encodes by a Fourier transform in their place.
namespace weir::layers {
namespace {

/// One of the two attentions of a block, or its feedforward part, with a residual connection around
/// it and a normalization before or behind.
class Block {
 public:
  explicit Block(LayerCall& call)
      : layers_(call),
        config_(call.config()),
        epsilon_(config_.number("layer_norm_epsilon", 1e-5)),
        normalizes_first_(config_.boolean("normalize_first", false)) {}

  ValueId add_attention(const std::string& name, ValueId input, const Mask& keys,
                        const AttentionMasks& masks) const {
    return add_residual(name + "_layer_norm", input, [&](ValueId x) {
      return add_multi_head_attention(layers_, name + "_layer", attention_config(x), x,
                                      keys.value_or(x), masks, attention_class());
    });
  }

  ValueId add_feedforward(ValueId input) const {
    return add_residual("_feedforward_layer_norm", input, [&](ValueId x) {
      const std::int64_t units = size_in(config_, "intermediate_dim");
      const std::int64_t width = layers_.call().shape(x).back();
      const Json activation = config_.json().value("activation", Json("relu"));
      const ValueId inner = add_dense(layers_, "_feedforward_intermediate_dense", units, x,
                                      {{"activation", activation}});
      return add_dense(layers_, "_feedforward_output_dense", width, inner);
    });
  }

 private:
  template <typename Function>
  ValueId add_residual(const std::string& norm, ValueId input, const Function& function) const {
    const auto normalized = [&](ValueId x) { return add_layer_norm(layers_, norm, epsilon_, x); };
    const ValueId inner = function(normalizes_first_ ? normalized(input) : input);
    const ValueId sum = add_sum(layers_.call(), inner, input);
    return normalizes_first_ ? sum : normalized(sum);
  }

  Json attention_config(ValueId query) const {
    const std::int64_t heads = size_in(config_, "num_heads");
    return {{"num_heads", heads},
            {"key_dim", head_size(layers_.call().shape(query).back(), heads)},
            {"dropout", config_.number("dropout", 0.0)}};
  }

  /// Whisper's differs from the others'.
  std::string_view attention_class() const {
    return layers_.call().record().class_name.starts_with("Whisper")
               ? "WhisperCachedMultiHeadAttention"
               : "MultiHeadAttention";
  }

  Sublayers layers_;
  Config config_;
  double epsilon_;
  bool normalizes_first_;
};

/// A mask (batch, keys) that the call gives, or the one that the tensor has.
Mask padding_of(const LayerCall& call, std::size_t position, std::string_view name,
                std::size_t tensor) {
  if (const Mask given = tensor_argument(call, position, name)) return given;
  return tensor < call.masks().size() ? call.masks()[tensor] : std::nullopt;
}

/// A tensor's own mask also keeps what is masked from asking.
Mask scores_of(LayerCall& call, const Mask& given) {
  if (!call.mask()) return given;
  Shape column = call.shape(*call.mask());
  column.push_back(1);
  const ValueId queries = add_reshape(call, as_mask(call, *call.mask()), column);
  if (!given) return queries;
  return add_comparison(call, kernels::ComparisonKind::kAnd, as_mask(call, *given), queries);
}

std::vector<ValueId> transformer_encoder(LayerCall& call) {
  const Json settings = settings_of(call);
  require(!Config(settings).boolean("return_attention_scores", false), ErrorCode::kUnsupported,
          "an encoder that returns its scores is not supported");
  const AttentionMasks masks{padding_of(call, 1, "padding_mask", 0),
                             scores_of(call, tensor_argument(call, 2, "attention_mask")), false};
  const Block block(call);
  const ValueId input = main_argument(call, "inputs");
  return {block.add_feedforward(block.add_attention("_self_attention", input, {}, masks))};
}

std::vector<ValueId> transformer_decoder(LayerCall& call) {
  refuse_cache(call);
  const Json settings = settings_of(call);
  const AttentionMasks own{padding_of(call, 2, "decoder_padding_mask", 0),
                           tensor_argument(call, 3, "decoder_attention_mask"),
                           Config(settings).boolean("use_causal_mask", true)};
  const Block block(call);
  ValueId x = main_argument(call, "decoder_sequence");
  x = block.add_attention("_self_attention", x, {}, own);
  if (const std::optional<std::size_t> encoded = find_tensor(call, 1, "encoder_sequence")) {
    const AttentionMasks cross{padding_of(call, 4, "encoder_padding_mask", *encoded),
                               tensor_argument(call, 5, "encoder_attention_mask"), false};
    x = block.add_attention("_cross_attention", x, call.inputs()[*encoded], cross);
  }
  return {block.add_feedforward(x)};
}

/// The real part of a Fourier transform along the sequence and the vectors, by keras.ops's.
ValueId add_fourier(LayerCall& call, ValueId x) {
  keras::LayerRecord transform;
  transform.class_name = "FFT2";
  transform.module = "keras.ops";
  transform.name = "fourier";
  transform.config = Json::object();
  const ValueId nothing = add_binary(call, kernels::BinaryKind::kSubtract, x, x);
  return call.add_inner(transform, {x, nothing}).front();
}

std::vector<ValueId> fourier_encoder(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const double epsilon = config.number("layer_norm_epsilon", 1e-5);
  const ValueId input = as_float(call, call.input());
  const ValueId mixed = add_layer_norm(layers, "_mixing_layer_norm", epsilon,
                                       add_sum(call, input, add_fourier(call, input)));
  const Json activation = config.json().value("activation", Json("relu"));
  ValueId x = add_dense(layers, "_intermediate_dense", size_in(config, "intermediate_dim"), mixed,
                        {{"activation", activation}});
  x = add_dense(layers, "_output_dense", call.shape(input).back(), x);
  return {add_layer_norm(layers, "_output_layer_norm", epsilon, add_sum(call, mixed, x))};
}

/// Of Whisper, before a convolution.
std::vector<ValueId> padder(LayerCall& call) {
  return {call.add(ops::make_pad({{}, {1, 1}, {}}), {call.input()})};
}

}  // namespace

void register_transformer(Registry& registry) {
  for (const char* name : {"TransformerEncoder", "WhisperEncoder"}) {
    registry.add_layer(fmt::format("keras_hub>{}", name), transformer_encoder, pass_first_mask);
  }
  registry.add_layer("keras_hub>Padder", padder);
  registry.add_layer("keras_hub>FNetEncoder", fourier_encoder, pass_first_mask);
  for (const char* name : {"TransformerDecoder", "WhisperDecoder"}) {
    registry.add_layer(fmt::format("keras_hub>{}", name), transformer_decoder, pass_first_mask);
  }
}

}  // namespace weir::layers
