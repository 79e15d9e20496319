#include <cmath>

#include "base/fail.h"
#include "layers/activation.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "layers/sublayers.h"
#include "ops/attention.h"

/// The encoder of keras-hub's SegFormer (MiT): overlapping patches, and attention to an image that
/// a convolution has made smaller.
namespace weir::layers {
namespace {

/// (batch, rows * columns, channels).
ValueId as_sequence(LayerCall& call, ValueId image) {
  const Shape& shape = call.shape(image);
  return add_reshape(call, image, {shape[0], shape[1] * shape[2], shape[3]});
}

/// A sequence as the square image that it was.
ValueId as_image(LayerCall& call, ValueId sequence) {
  const Shape& shape = call.shape(sequence);
  const auto side = static_cast<std::int64_t>(std::sqrt(static_cast<double>(shape[1])));
  require(side * side == shape[1], ErrorCode::kInvalidArgument,
          "a sequence of {} patches is no square image", shape[1]);
  return add_reshape(call, sequence, {shape[0], side, side, shape[2]});
}

std::vector<ValueId> overlapping_patches(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const std::int64_t patch = size_in(config, "patch_size", 7);
  const Json window{{"filters", size_in(config, "project_dim", 32)},
                    {"kernel_size", patch},
                    {"strides", size_in(config, "stride", 4)}};
  const ValueId padded =
      layers.add("padding", "ZeroPadding2D", {{"padding", patch / 2}}, call.input());
  const ValueId image = layers.add("proj", "Conv2D", window, padded);
  return {add_layer_norm(layers, "norm", 1e-5, as_sequence(call, image))};
}

/// What keys and values are made of. How much smaller it is, only the convolution's weight says.
ValueId add_reduction(const Sublayers& layers, std::int64_t width, ValueId x) {
  if (!layers.has("sr")) return x;
  LayerCall& call = layers.call();
  const std::optional<Shape> kernel = layers.at("sr").shape_of(0);
  require(kernel && kernel->rank() == 4, ErrorCode::kMalformed, "its convolution has no kernel");
  const std::vector<std::int64_t> ratio{(*kernel)[0], (*kernel)[1]};
  const ValueId image =
      layers.add("sr", "Conv2D", {{"filters", width}, {"kernel_size", ratio}, {"strides", ratio}},
                 as_image(call, x));
  return add_layer_norm(layers, "norm", 1e-5, as_sequence(call, image));
}

ValueId add_attention(const Sublayers& layers, std::int64_t heads, ValueId x) {
  LayerCall& call = layers.call();
  const Shape shape = call.shape(x);
  const std::int64_t size = head_size(shape.back(), heads);
  const ValueId source = add_reduction(layers, shape.back(), x);
  const auto project = [&](const char* attribute, ValueId value) {
    const ValueId flat = add_dense(layers, attribute, shape.back(), value);
    return add_reshape(call, flat, {shape[0], -1, heads, size});
  };
  const kernels::AttentionRule rule{
      .scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(size)))};
  const ValueId result =
      call.add_many(ops::make_attention({.rule = rule}),
                    {project("q", x), project("k", source), project("v", source)})
          .front();
  return add_dense(layers, "proj", shape.back(), add_reshape(call, result, shape));
}

ValueId add_feedforward(const Sublayers& layers, std::int64_t width, ValueId x) {
  constexpr std::int64_t kWidening = 4;
  LayerCall& call = layers.call();
  const ValueId image = as_image(call, add_dense(layers, "fc1", kWidening * width, x));
  const ValueId near =
      layers.add("dwconv", "DepthwiseConv2D", {{"kernel_size", 3}, {"padding", "same"}}, image);
  const ValueId active = add_activation(call, "gelu_approximate", as_sequence(call, near));
  return add_dense(layers, "fc2", width, active);
}

std::vector<ValueId> hierarchical_encoder(LayerCall& call) {
  require(call.has_weights(), ErrorCode::kUnsupported,
          "its config does not say how much it reduces images; load it with its weights");
  const Config config = call.config();
  const Sublayers layers(call);
  const double epsilon = config.number("layer_norm_epsilon", 1e-6);
  const std::int64_t width = size_in(config, "project_dim");
  const ValueId input = call.input();
  ValueId x = add_layer_norm(layers, "norm1", epsilon, input);
  x = add_attention(layers.at("attn"), size_in(config, "num_heads"), x);
  const ValueId sum = add_sum(call, input, x);
  x = add_layer_norm(layers, "norm2", epsilon, sum);
  return {add_sum(call, sum, add_feedforward(layers.at("mlp"), width, x))};
}

}  // namespace

void register_reduced_attention(Registry& registry) {
  registry.add_layer("keras_hub>OverlappingPatchingAndEmbedding", overlapping_patches);
  registry.add_layer("keras_hub>HierarchicalTransformerEncoder", hierarchical_encoder);
}

}  // namespace weir::layers
