#include <cmath>

#include "base/fail.h"
#include "layers/activation.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "layers/sublayers.h"
#include "ops/attention.h"

/// The autoencoder of keras-hub's Stable Diffusion 3: images to latent ones, and back.
namespace weir::layers {
namespace {

ValueId add_norm(const Sublayers& layers, std::string_view attribute, ValueId x) {
  return layers.add(attribute, "GroupNormalization", {{"groups", 32}, {"epsilon", 1e-6}}, x);
}

ValueId add_convolution(const Sublayers& layers, std::string_view attribute, std::int64_t filters,
                        ValueId x, std::int64_t kernel = 3, std::int64_t stride = 1) {
  return layers.add(attribute, "Conv2D",
                    {{"filters", filters},
                     {"kernel_size", kernel},
                     {"strides", stride},
                     {"padding", stride == 1 ? "same" : "valid"}},
                    x);
}

ValueId add_block(const Sublayers& block, std::int64_t filters, ValueId input) {
  LayerCall& call = block.call();
  ValueId x = add_activation(call, "silu", add_norm(block, "norm1", input));
  x = add_convolution(block, "conv1", filters, x);
  x = add_activation(call, "silu", add_norm(block, "norm2", x));
  x = add_convolution(block, "conv2", filters, x);
  const bool is_projected = call.shape(input).back() != filters;
  const ValueId residual =
      is_projected ? add_convolution(block, "residual_projection", filters, input, 1) : input;
  return add_sum(call, residual, x);
}

/// Every pixel attends to all others, with one head.
ValueId add_attention(const Sublayers& layers, ValueId input) {
  LayerCall& call = layers.call();
  const Shape shape = call.shape(input);
  const std::int64_t filters = shape.back();
  const ValueId normal = add_norm(layers, "group_norm", input);
  const auto project = [&](const char* attribute) {
    const ValueId projected = add_convolution(layers, attribute, filters, normal, 1);
    return add_reshape(call, projected, {shape[0], shape[1] * shape[2], 1, filters});
  };
  const kernels::AttentionRule rule{
      .scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(filters)))};
  const ValueId result =
      call.add_many(ops::make_attention({.rule = rule}),
                    {project("query_conv2d"), project("key_conv2d"), project("value_conv2d")})
          .front();
  const ValueId image = add_reshape(call, result, shape);
  return add_sum(call, add_convolution(layers, "output_conv2d", filters, image, 1), input);
}

ValueId add_middle(const Sublayers& layers, std::int64_t filters, ValueId x) {
  x = add_block(layers.at("mid_block_0"), filters, x);
  x = add_attention(layers.at("mid_attention"), x);
  return add_block(layers.at("mid_block_1"), filters, x);
}

ValueId add_output(const Sublayers& layers, ValueId x) {
  x = add_activation(layers.call(), "silu", add_norm(layers, "output_norm", x));
  return add_convolution(layers, "output_projection",
                         size_in(layers.call().config(), "output_channels"), x);
}

/// The stages of a config: filters, and numbers of blocks.
struct Stages {
  std::vector<std::int64_t> filters;
  std::vector<std::int64_t> blocks;
};

Stages read_stages(const Config& config) {
  const std::size_t count = config.integers("stackwise_num_filters").size();
  require(count > 0, ErrorCode::kMalformed, "there are no stages");
  require(!config.channels_first(), ErrorCode::kUnsupported,
          "data_format channels_first is not supported");
  return {config.sizes("stackwise_num_filters", count, 0),
          config.sizes("stackwise_num_blocks", count, 0)};
}

/// All stages' blocks, with a change of size between two stages: `resize(stage, x)`.
template <typename Resize>
ValueId add_stages(const Sublayers& layers, const Stages& stages, ValueId x, const Resize& resize) {
  std::size_t block = 0;
  for (std::size_t stage = 0; stage < stages.filters.size(); ++stage) {
    for (std::int64_t i = 0; i < stages.blocks[stage]; ++i) {
      x = add_block(layers.at("blocks", "res_net_block", block++), stages.filters[stage], x);
    }
    if (stage + 1 < stages.filters.size()) x = resize(stage, x);
  }
  return x;
}

std::vector<ValueId> encoder(LayerCall& call) {
  const Stages stages = read_stages(call.config());
  const Sublayers layers(call);
  ValueId x = add_convolution(layers, "input_projection", stages.filters.front(), call.input());
  x = add_stages(layers, stages, x, [&](std::size_t stage, ValueId image) {
    const Json margin = Json::array({{0, 1}, {0, 1}});
    const ValueId padded =
        layers.add("downsamples/zero_padding2d", "ZeroPadding2D", {{"padding", margin}}, image);
    return add_convolution(layers.at("downsamples", "conv2d", stage), "", stages.filters[stage],
                           padded, 3, 2);
  });
  return {add_output(layers, add_middle(layers, stages.filters.back(), x))};
}

std::vector<ValueId> decoder(LayerCall& call) {
  const Stages stages = read_stages(call.config());
  const Sublayers layers(call);
  ValueId x = add_convolution(layers, "input_projection", stages.filters.front(), call.input());
  x = add_middle(layers, stages.filters.front(), x);
  x = add_stages(layers, stages, x, [&](std::size_t stage, ValueId image) {
    const ValueId larger =
        layers.add("upsamples/up_sampling2d", "UpSampling2D", {{"size", 2}}, image);
    return add_convolution(layers.at("upsamples", "conv2d", stage), "", stages.filters[stage],
                           larger);
  });
  return {add_output(layers, x)};
}

/// Of the whole autoencoder, between encoder and decoder.
std::vector<ValueId> sampler(LayerCall& /*call*/) {
  fail(ErrorCode::kUnsupported,
       "the file does not say whether it adds noise to what it is given; save the encoder and the "
       "decoder as models of their own");
}

}  // namespace

void register_latent_images(Registry& registry) {
  registry.add_layer("keras_hub>VAEEncoder", encoder);
  registry.add_layer("keras_hub>VAEDecoder", decoder);
  registry.add_layer("keras_hub>DiagonalGaussianDistributionSampler", sampler);
}

}  // namespace weir::layers
