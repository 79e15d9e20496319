#include <algorithm>
#include <map>

#include "base/fail.h"
#include "layers/operand.h"
#include "layers/patches.h"
#include "layers/registry.h"
#include "layers/resizing.h"
#include "layers/shaping.h"
#include "ops/channel_affine.h"
#include "ops/concat.h"
#include "ops/unary.h"

/// Vision transformers of keras-hub: ViT and DINOV2.
namespace weir::layers {
namespace {

constexpr double kEpsilon = 1e-6;

std::int64_t width_of(const Config& config) { return size_in(config, "hidden_dim"); }

Json attention_config(const Config& config, std::string_view dropout) {
  const std::int64_t heads = size_in(config, "num_heads");
  return {{"num_heads", heads},
          {"key_dim", head_size(width_of(config), heads)},
          {"dropout", config.number(dropout, 0.0)}};
}

std::vector<ValueId> vit_embedding(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const std::int64_t width = width_of(config);
  const Patches patches{width, config.sizes("patch_size", 2, 1),
                        config.boolean("use_patch_bias", true), config.channels_first()};
  ValueId x = add_patches(layers, "patch_embedding", patches, call.input());
  if (config.boolean("use_class_token", true)) {
    x = add_tokens_before(layers, 0, {1, 1, width}, x);
  }
  return {
      add_weight(call, layers.at("position_embedding").weight(0, {call.shape(x)[1], width}), x)};
}

ValueId add_vit_block(const Sublayers& block, const Config& config, ValueId input) {
  LayerCall& call = block.call();
  const double epsilon = config.number("layer_norm_epsilon", kEpsilon);
  const bool has_bias = config.boolean("use_mlp_bias", true);
  Json attention = attention_config(config, "attention_dropout");
  attention["use_bias"] = config.boolean("use_mha_bias", true);
  const ValueId normal = add_layer_norm(block, "layer_norm_1", epsilon, input);
  const ValueId x =
      add_sum(call, add_multi_head_attention(block, "mha", attention, normal, normal), input);
  ValueId y = add_layer_norm(block, "layer_norm_2", epsilon, x);
  y = add_dense(block, "mlp/dense_1", size_in(config, "mlp_dim"), y,
                {{"activation", "gelu"}, {"use_bias", has_bias}});
  y = add_dense(block, "mlp/dense_2", width_of(config), y, {{"use_bias", has_bias}});
  return add_sum(call, x, y);
}

std::vector<ValueId> vit_encoder(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  ValueId x = call.input();
  const auto count = static_cast<std::size_t>(size_in(config, "num_layers"));
  for (std::size_t i = 0; i < count; ++i) {
    x = add_vit_block(layers.at("encoder_layers", "vi_t_encoder_block", i), config, x);
  }
  return {add_layer_norm(layers, "layer_norm", config.number("layer_norm_epsilon", kEpsilon), x)};
}

/// The variables of DINOV2's embedding, in their order: those that are trained come first.
struct DinoVariables {
  std::size_t mask = 0;       ///< Of the masked patches, which only training has.
  std::size_t registers = 0;  ///< Of tokens that stand for no patch.
  std::size_t resized = 0;    ///< Positions as they were used last; made anew when a file is read.
  std::size_t positions = 0;

  explicit DinoVariables(const Config& config) : mask(1) {
    registers = mask + (config.boolean("use_mask_token", true) ? 1U : 0U);
    resized = registers + (config.integer("num_register_tokens", 0) > 0 ? 1U : 0U);
    positions = resized + 1;
  }
};

std::vector<std::int64_t> image_sizes(const Config& config, std::string_view key) {
  std::vector<std::int64_t> sizes = config.integers(key);
  require(sizes.size() >= 2 && sizes[0] > 0 && sizes[1] > 0, ErrorCode::kMalformed,
          "'{}' is no shape of an image", key);
  sizes.resize(2);
  return sizes;
}

/// The positions for the class and each patch, (batch, 1 + patches, width), from those of images of
/// another size.
ValueId dino_positions(const Sublayers& layers, const Config& config, ValueId like) {
  LayerCall& call = layers.call();
  const std::int64_t width = width_of(config);
  const std::int64_t patch = size_in(config, "patch_size", 1);
  const std::vector<std::int64_t> source = image_sizes(config, "position_embedding_shape");
  const std::vector<std::int64_t> target = image_sizes(config, "image_shape");
  const std::int64_t patches = (source[0] / patch) * (source[1] / patch);
  const ValueId all =
      layers.add_rows(DinoVariables(config).positions, {1, patches + 1, width}, patches + 1, like);
  if (source == target) return all;
  const std::int64_t batch = call.shape(like)[0];
  ValueId grid = add_part(call, all, {1, 1, 1, patches});
  grid = add_reshape(call, grid, {batch, source[0] / patch, source[1] / patch, width});
  Resizing resizing;
  resizing.method = ops::ResizeMethod::kBicubic;
  resizing.height = target[0] / patch;
  resizing.width = target[1] / patch;
  resizing.antialias = config.boolean("antialias_in_interpolation", false);
  const ValueId resized = add_reshape(call, add_resizing(call, grid, resizing), {batch, -1, width});
  return call.add(ops::make_concat(1), {add_part(call, all, {1, 0, 1, 1}), resized});
}

std::vector<ValueId> dino_embedding(LayerCall& call) {
  const Config config = call.config();
  require(call.inputs().size() == 1, ErrorCode::kUnsupported, "masked patches are not supported");
  const Sublayers layers(call);
  const std::int64_t width = width_of(config);
  const Patches patches{width, config.sizes("patch_size", 2, 1), true, config.channels_first()};
  ValueId x = add_patches(layers, "patch_embeddings/projection", patches, call.input());
  x = add_tokens_before(layers, 0, {1, 1, width}, x);
  x = add_sum(call, x, dino_positions(layers, config, x));
  const std::int64_t registers = config.integer("num_register_tokens", 0);
  if (registers <= 0) return {x};
  const ValueId tokens =
      layers.add_rows(DinoVariables(config).registers, {1, registers, width}, registers, x);
  const std::int64_t count = call.shape(x)[1];
  return {call.add(ops::make_concat(1), {add_part(call, x, {1, 0, 1, 1}), tokens,
                                         add_part(call, x, {1, 1, 1, count - 1})})};
}

ValueId add_scale(const Sublayers& layers, std::string_view attribute, ValueId input) {
  const std::int64_t channels = layers.call().shape(input).back();
  const graph::Constant factors = layers.at(attribute).weight(0, {channels});
  graph::ChannelAffine affine{factors.id, channels, [factors] {
                                graph::ChannelAffine::Values values{factors.to_floats(), {}};
                                values.shift.resize(values.scale.size());
                                return values;
                              }};
  return layers.call().add(ops::make_channel_affine(std::move(affine), 0), {input});
}

ValueId add_dino_feedforward(const Sublayers& block, const Config& config, ValueId input) {
  LayerCall& call = block.call();
  const std::int64_t units = size_in(config, "intermediate_dim");
  if (!config.boolean("use_swiglu_ffn", false)) {
    const ValueId inner = add_dense(block, "mlp/fc1", units, input, {{"activation", "gelu"}});
    return add_dense(block, "mlp/fc2", width_of(config), inner);
  }
  const std::int64_t gated = (units * 2 / 3 + 7) / 8 * 8;
  const ValueId both = add_dense(block, "mlp/weights_in", 2 * gated, input);
  const std::size_t last = call.shape(both).rank() - 1;
  const ValueId gate = call.add(ops::make_unary({kernels::UnaryKind::kSilu}),
                                {add_part(call, both, {last, 0, 1, gated})});
  const ValueId inner = add_binary(call, kernels::BinaryKind::kMultiply, gate,
                                   add_part(call, both, {last, gated, 1, gated}));
  return add_dense(block, "mlp/weights_out", width_of(config), inner);
}

ValueId add_dino_block(const Sublayers& block, const Config& config, ValueId input) {
  const Json attention = attention_config(config, "dropout_rate");
  ValueId x = add_layer_norm(block, "norm1", kEpsilon, input);
  x = add_multi_head_attention(block, "attention/attention", attention, x, x);
  const ValueId sum = add_sum(block.call(), add_scale(block, "layer_scale1", x), input);
  x = add_dino_feedforward(block, config, add_layer_norm(block, "norm2", kEpsilon, sum));
  return add_sum(block.call(), add_scale(block, "layer_scale2", x), sum);
}

/// The last block's output and, in the order of their names, all blocks'.
std::vector<ValueId> dino_encoder(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  std::map<std::string, ValueId> stages;
  ValueId x = call.input();
  const auto count = static_cast<std::size_t>(size_in(config, "num_layers"));
  for (std::size_t i = 0; i < count; ++i) {
    x = add_dino_block(layers.at("layers", "dinov2_layer", i), config, x);
    stages.emplace(fmt::format("stage{}", i + 1), x);
  }
  std::vector<ValueId> outputs{x};
  for (const auto& [name, stage] : stages) outputs.push_back(stage);
  return outputs;
}

}  // namespace

void register_vision_transformer(Registry& registry) {
  registry.add_layer("keras_hub>ViTPatchingAndEmbedding", vit_embedding);
  registry.add_layer("keras_hub>ViTEncoder", vit_encoder);
  registry.add_layer("keras_hub>DINOV2Embedding", dino_embedding);
  registry.add_layer("keras_hub>DINOV2Encoder", dino_encoder);
}

}  // namespace weir::layers
