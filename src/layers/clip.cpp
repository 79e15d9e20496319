#include <cmath>

#include "base/fail.h"
#include "layers/activation.h"
#include "layers/attention_masks.h"
#include "layers/flat_attention.h"
#include "layers/operand.h"
#include "layers/patches.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/batch_matmul.h"
#include "ops/channel_affine.h"
#include "ops/normalize.h"
#include "ops/reduce.h"
#include "ops/unary.h"

/// The towers for images and texts of keras-hub's CLIP, MetaCLIP 2, SigLIP and PaliGemma, and what
/// compares them.
namespace weir::layers {
namespace {

using kernels::BinaryKind;

std::int64_t width_of(const Config& config) { return size_in(config, "hidden_dim"); }

Json attention_config(const Config& config) {
  const std::int64_t heads = size_in(config, "num_heads");
  return {{"num_heads", heads}, {"key_dim", head_size(width_of(config), heads)}};
}

/// Whether a vector for the whole image comes before those of its patches.
template <bool kHasClass>
std::vector<ValueId> vision_embedding(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const std::int64_t width = width_of(config);
  const Patches patches{width, config.sizes("patch_size", 2, 1), !kHasClass,
                        config.channels_first()};
  ValueId x = add_patches(layers, "patch_embedding", patches, call.input());
  if (kHasClass) x = add_tokens_before(layers, 0, {width}, x);
  return {add_numbered_positions(layers, kHasClass ? 1 : 0, call.shape(x)[1], x)};
}

/// With positions that the file does not number.
ValueId add_ordered_positions(const Sublayers& layers, ValueId x) {
  LayerCall& call = layers.call();
  const Shape shape = call.shape(x);
  const Sublayers table = layers.at("position_embedding");
  return add_positions(call, table.weight(0, {shape[1], shape.back()}), x);
}

std::vector<ValueId> metaclip_vision_embedding(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const std::int64_t width = width_of(config);
  const Patches patches{width, config.sizes("patch_size", 2, 1), /*has_bias=*/false,
                        config.channels_first()};
  const ValueId vectors = add_patches(layers, "patch_embedding", patches, call.input());
  return {add_ordered_positions(layers, add_tokens_before(layers, 0, {width}, vectors))};
}

/// What the two kinds of blocks call their parts.
struct BlockNames {
  const char* first_norm;
  const char* attention;
  const char* second_norm;
  const char* first_dense;
  const char* second_dense;
};

ValueId add_block(LayerCall& call, const BlockNames& names, double epsilon) {
  const Config config = call.config();
  const Sublayers layers(call);
  const ValueId input = call.input();
  const AttentionMasks masks{{}, {}, config.boolean("use_causal_mask", false)};
  ValueId x = add_layer_norm(layers, names.first_norm, epsilon, input);
  x = add_multi_head_attention(layers, names.attention, attention_config(config), x, x, masks);
  const ValueId sum = add_sum(call, input, x);
  x = add_layer_norm(layers, names.second_norm, epsilon, sum);
  x = add_dense(layers, names.first_dense, size_in(config, "intermediate_dim"), x);
  x = add_activation(call, config.json().value("intermediate_activation", Json()), x);
  return add_sum(call, sum, add_dense(layers, names.second_dense, width_of(config), x));
}

std::vector<ValueId> clip_block(LayerCall& call) {
  return {
      add_block(call, {"layer_norm_1", "attention", "layer_norm_2", "dense_1", "dense_2"}, 1e-5)};
}

std::vector<ValueId> siglip_block(LayerCall& call) {
  return {add_block(call, {"layer_norm1", "self_attn", "layer_norm2", "mlp/fc1", "mlp/fc2"},
                    call.config().number("layer_norm_epsilon", 1e-6))};
}

/// PaliGemma's, all layers in one.
std::vector<ValueId> pali_gemma_encoder(LayerCall& call) {
  constexpr double kEpsilon = 1e-6;
  const Config config = call.config();
  const Sublayers layers(call);
  const Patches patches{width_of(config), config.sizes("patch_size", 2, 1)};
  const Sublayers embeddings = layers.at("vision_embeddings");
  ValueId x = add_ordered_positions(
      embeddings, add_patches(embeddings, "patch_embedding", patches, call.input()));
  const auto count = static_cast<std::size_t>(size_in(config, "num_layers"));
  for (std::size_t i = 0; i < count; ++i) {
    const Sublayers block = layers.at("resblocks", "pali_gemma_vit_encoder_block", i);
    const ValueId normal = add_layer_norm(block, "layer_norm_1", kEpsilon, x);
    const ValueId attended =
        add_flat_attention(block.at("attn"), size_in(config, "num_heads"), width_of(config),
                           width_of(config), {normal, normal, normal});
    x = add_sum(call, attended, x);
    ValueId y = add_layer_norm(block, "layer_norm_2", kEpsilon, x);
    y = add_dense(block, "mlp_dense_1", size_in(config, "intermediate_dim"), y,
                  {{"activation", "gelu_approximate"}});
    x = add_sum(call, x, add_dense(block, "mlp_dense_2", width_of(config), y));
  }
  return {add_layer_norm(layers, "encoder_layer_norm", kEpsilon, x)};
}

/// One query for the whole image attends to its patches.
std::vector<ValueId> siglip_pooling(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const std::int64_t width = width_of(config);
  const ValueId patches = call.input();
  const ValueId probe = layers.add_rows(0, {1, 1, width}, 1, patches);
  const ValueId attended =
      add_multi_head_attention(layers, "attention", attention_config(config), probe, patches);
  ValueId x =
      add_layer_norm(layers, "layer_norm", config.number("layer_norm_epsilon", 1e-6), attended);
  x = add_dense(layers, "mlp/fc1", size_in(config, "intermediate_dim"), x,
                {{"activation", config.json().value("activation", Json())}});
  x = add_sum(call, attended, add_dense(layers, "mlp/fc2", width, x));
  return {add_reshape(call, x, {call.shape(patches)[0], width})};
}

std::vector<ValueId> first_vector(LayerCall& call) {
  const ValueId all = call.input();
  const Shape shape = call.shape(all);
  require(shape.rank() == 3, ErrorCode::kInvalidArgument, "the input has the shape {}",
          to_string(shape));
  return {add_reshape(call, add_part(call, all, {1, 0, 1, 1}), {shape[0], shape[2]})};
}

/// The vector of a text's last token, where `marks` are largest.
ValueId add_marked_vector(LayerCall& call, ValueId vectors, ValueId marks) {
  const Shape shape = call.shape(vectors);
  const ValueId place =
      call.add(ops::make_reduce(kernels::ReduceKind::kArgMaximum, {1}, true), {marks});
  return add_reshape(call, add_vectors_at(call, vectors, place), {shape[0], shape[2]});
}

ValueId second_argument(const LayerCall& call, std::string_view name) {
  const std::optional<ValueId> value = tensor_argument(call, 1, name);
  require(value.has_value(), ErrorCode::kInvalidArgument, "is called without {}", name);
  return *value;
}

std::vector<ValueId> clip_text_pooler(LayerCall& call) {
  return {add_marked_vector(call, main_argument(call, "text_embeddings"),
                            second_argument(call, "token_ids"))};
}

std::vector<ValueId> metaclip_text_pooler(LayerCall& call) {
  const Operand end = Operand::number(static_cast<double>(call.config().integer("eos_token_id", 2)),
                                      /*is_integer=*/true);
  const ValueId is_end = add_comparison(call, kernels::ComparisonKind::kEqual,
                                        second_argument(call, "token_ids"), end);
  return {add_marked_vector(call, main_argument(call, "text_embeddings"),
                            add_cast(call, DType::kInt32, is_end))};
}

ValueId add_unit_vectors(LayerCall& call, ValueId vectors) {
  return call.add(ops::make_normalize(1, {kernels::NormalizeKind::kUnit, 0.0, {}, {}}), {vectors});
}

/// exp(scale) * x + bias, of weights that are numbers.
ValueId add_scale_and_bias(const Sublayers& layers, bool has_bias, ValueId x) {
  const std::int64_t channels = layers.call().shape(x).back();
  const graph::Constant scale = layers.weight(0, {});
  const std::optional<graph::Constant> bias =
      has_bias ? std::optional(layers.weight(1, {})) : std::nullopt;
  const auto count = static_cast<std::size_t>(channels);
  graph::ChannelAffine affine{
      fmt::format("{}*{}", scale.id, channels), channels, [scale, bias, count] {
        const float factor = std::exp(scale.to_floats().at(0));
        const float shift = bias ? bias->to_floats().at(0) : 0.0F;
        return graph::ChannelAffine::Values{std::vector<float>(count, factor),
                                            std::vector<float>(count, shift)};
      }};
  return layers.call().add(ops::make_channel_affine(std::move(affine), 0), {x});
}

/// How near each image is to each text: (images, texts), and the other way round.
template <bool kHasBias>
std::vector<ValueId> head(LayerCall& call) {
  const ValueId images = add_unit_vectors(call, main_argument(call, "vision_embedding"));
  const ValueId texts = add_unit_vectors(call, second_argument(call, "text_embedding"));
  const ValueId products =
      call.add(ops::make_batch_matmul(), {texts, add_transpose(call, images, {1, 0})});
  const ValueId of_texts = add_scale_and_bias(Sublayers(call), kHasBias, products);
  return {add_transpose(call, of_texts, {1, 0}), of_texts};
}

}  // namespace

void register_clip(Registry& registry) {
  for (const char* name : {"CLIP", "MetaCLIP2"}) {
    registry.add_layer(fmt::format("keras_hub>{}EncoderLayer", name), clip_block);
    registry.add_layer(fmt::format("keras_hub>{}VisionPooler", name), first_vector);
    registry.add_layer(fmt::format("keras_hub>{}Head", name), head<false>);
  }
  registry.add_layer("keras_hub>CLIPVisionEmbedding", vision_embedding<true>);
  registry.add_layer("keras_hub>MetaCLIP2VisionEmbedding", metaclip_vision_embedding);
  registry.add_layer("keras_hub>CLIPTextPooler", clip_text_pooler);
  registry.add_layer("keras_hub>MetaCLIP2TextPooler", metaclip_text_pooler);
  registry.add_layer("keras_hub>PaliGemmaVitEncoder", pali_gemma_encoder);
  registry.add_layer("keras_hub>SigLIPVisionEmbedding", vision_embedding<false>);
  registry.add_layer("keras_hub>SigLIPEncoderLayer", siglip_block);
  registry.add_layer("keras_hub>SigLIPMultiHeadAttentionPooling", siglip_pooling);
  registry.add_layer("keras_hub>SigLIPHead", head<true>);
}

}  // namespace weir::layers
