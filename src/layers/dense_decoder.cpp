#include <cmath>

#include "base/fail.h"
#include "layers/alibi.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/rotary.h"
#include "layers/scored_attention.h"
#include "layers/shaping.h"
#include "ops/concat.h"
#include "ops/scan.h"

/// The decoder layers of keras-hub's GPT-NeoX, BLOOM and Falcon.
namespace weir::layers {
namespace {

using kernels::BinaryKind;

/// Query, key and value of a head come of one projection.
ValueId add_neox_attention(LayerCall& call, ValueId x) {
  const Config config = call.config();
  const Sublayers layers = Sublayers(call).at("_self_attention_layer");
  const std::int64_t width = call.shape(x).back();
  const std::int64_t heads = size_in(config, "num_heads");
  const std::int64_t size = head_size(width, heads);
  const ValueId all =
      add_einsum_dense(layers, "_qkv_dense", "abc,cde->abde", {heads, 3 * size}, x, "de");
  const auto part = [&](std::int64_t number) {
    return add_part(call, all, {3, number * size, 1, size});
  };
  const auto turned = static_cast<std::int64_t>(static_cast<double>(size) *
                                                config.number("rotary_percentage", 0.25));
  const Rotation rotation = make_rotation(turned, config.number("rotary_max_wavelength", 10000.0));
  const ValueId result = add_scored_attention(call, {size}, add_rotation(call, rotation, part(0)),
                                              add_rotation(call, rotation, part(1)), part(2),
                                              score_masks(call, kDecoderMasks));
  const ValueId joined = add_reshape(call, result, {call.shape(x)[0], -1, heads * size});
  return add_einsum_dense(layers, "_output_dense", "abc,cd->abd", {width}, joined, "d");
}

/// Attention and feedforward part side by side.
std::vector<ValueId> neox_decoder(LayerCall& call) {
  refuse_cache(call);
  const Config config = call.config();
  const Sublayers layers(call);
  const double epsilon = config.number("layer_norm_epsilon", 1e-5);
  const ValueId input = main_argument(call, "decoder_sequence");
  const ValueId attended = add_neox_attention(
      call, add_layer_norm(layers, "_self_attention_layer_norm", epsilon, input));
  ValueId x = add_layer_norm(layers, "_feedforward_layer_norm", epsilon, input);
  x = add_dense(layers, "_feedforward_intermediate_dense", size_in(config, "intermediate_dim"), x,
                {{"activation", config.json().value("activation", Json("relu"))}});
  x = add_dense(layers, "_feedforward_output_dense", call.shape(input).back(), x);
  return {add_sum(call, add_sum(call, x, attended), input)};
}

/// Vectors with one element more, the same for each sample: values has those of (positions, heads).
ValueId with_element(LayerCall& call, ValueId vectors, const std::vector<double>& values,
                     const Shape& shape) {
  const ValueId zeros = add_part(call, vectors, {3, 0, 1, 1});
  const ValueId nothing = add_binary(call, BinaryKind::kMultiply, zeros, Operand::real(0.0));
  const Operand element = Operand::array(call.path(), values, shape, DType::kFloat32);
  return call.add(ops::make_concat(3),
                  {vectors, add_binary(call, BinaryKind::kAdd, nothing, element)});
}

/// A bias by distance is the product of one more element of queries and of keys.
ValueId add_bloom_attention(LayerCall& call, ValueId x) {
  const Sublayers layers = Sublayers(call).at("_self_attention_layer");
  const Shape shape = call.shape(x);
  const std::int64_t heads = size_in(call.config(), "num_heads");
  const std::int64_t size = head_size(shape.back(), heads);
  const auto project = [&](const char* part) {
    return add_einsum_dense(layers, part, "btm,mnh->btnh", {heads, size}, x, "nh");
  };
  std::vector<double> slopes = alibi_slopes(heads);
  for (double& slope : slopes) slope *= std::sqrt(static_cast<double>(size));
  std::vector<double> places;
  for (std::int64_t i = 0; i < shape[1]; ++i)
    places.push_back(static_cast<double>(i + 1 - shape[1]));
  const ValueId queries = with_element(call, project("_query_dense"), slopes, {heads, 1});
  const ValueId keys = with_element(call, project("_key_dense"), places, {shape[1], 1, 1});
  const ValueId result = add_scored_attention(call, {size}, queries, keys, project("_value_dense"),
                                              score_masks(call, kDecoderMasks));
  return add_dense(layers, "_output_dense", shape.back(),
                   add_reshape(call, result, {shape[0], shape[1], heads * size}));
}

std::vector<ValueId> bloom_decoder(LayerCall& call) {
  refuse_cache(call);
  const Config config = call.config();
  const Json settings = settings_of(call);
  require(Config(settings).boolean("use_causal_mask", true), ErrorCode::kUnsupported,
          "a decoder without a causal mask is not supported");
  const Sublayers layers(call);
  const double epsilon = config.number("layer_norm_epsilon", 1e-5);
  const ValueId input = main_argument(call, "decoder_sequence");
  const ValueId normal = add_layer_norm(layers, "_pre_attention_layernorm", epsilon, input);
  const ValueId attended = add_sum(call, add_bloom_attention(call, normal), input);
  ValueId x = add_layer_norm(layers, "_post_attention_layernorm", epsilon, attended);
  x = add_dense(layers, "_mlp_intermediate_dense", size_in(config, "intermediate_dim"), x,
                {{"activation", "gelu_approximate"}});
  x = add_dense(layers, "_mlp_output_dense", call.shape(input).back(), x);
  return {add_sum(call, x, attended)};
}

/// The place of each key among those that are not masked, (batch, keys, heads, 1).
ValueId add_places(LayerCall& call, ValueId mask, std::int64_t heads) {
  const ValueId kept = as_float(call, mask);
  const Shape shape = call.shape(kept);
  const ValueId sums = call.add(ops::make_scan(kernels::ScanKind::kSum, 1), {kept});
  const ValueId places =
      add_binary(call, BinaryKind::kMultiply, add_affine(call, 1.0, -1.0, sums), kept);
  return add_broadcast(call, add_reshape(call, places, {shape[0], shape[1], 1, 1}),
                       {-1, -1, heads, -1});
}

ValueId add_falcon_attention(LayerCall& call, ValueId x) {
  const Sublayers layers = Sublayers(call).at("attention_layer");
  const Shape shape = call.shape(x);
  const std::int64_t heads = size_in(call.config(), "num_attention_heads");
  const std::int64_t size = head_size(shape.back(), heads);
  const auto project = [&](const char* part) {
    return add_einsum_dense(layers, part, "bqm,mnh->bqnh", {heads, size}, x, "nh");
  };
  const std::optional<ValueId> mask = tensor_argument(call, 1, kDecoderMasks.of_keys);
  require(mask.has_value(), ErrorCode::kUnsupported, "a decoder without a mask is not supported");
  const ValueId queries =
      with_element(call, project("query_dense"), alibi_slopes(heads), {heads, 1});
  const ValueId keys =
      call.add(ops::make_concat(3), {project("key_dense"), add_places(call, *mask, heads)});
  const ValueId result = add_scored_attention(call, {size}, queries, keys, project("value_dense"),
                                              score_masks(call, kDecoderMasks));
  return add_dense(layers, "output_dense", shape.back(),
                   add_reshape(call, result, {shape[0], shape[1], heads * size}));
}

std::vector<ValueId> falcon_decoder(LayerCall& call) {
  refuse_cache(call);
  const Config config = call.config();
  const Sublayers layers(call);
  const double epsilon = config.number("layer_norm_epsilon", 1e-5);
  const ValueId input = main_argument(call, "inputs");
  const ValueId normal = add_layer_norm(layers, "input_layernorm", epsilon, input);
  const ValueId attended = add_sum(call, add_falcon_attention(call, normal), input);
  ValueId x = add_layer_norm(layers, "post_attention_layernorm", epsilon, attended);
  x = add_dense(layers, "dense_h_to_4h", size_in(config, "intermediate_dim"), x,
                {{"activation", "gelu"}});
  x = add_dense(layers, "dense_4h_to_h", call.shape(input).back(), x);
  return {add_sum(call, x, attended)};
}

}  // namespace

void register_dense_decoder(Registry& registry) {
  registry.add_layer("keras_hub>GPTNeoXDecoder", neox_decoder, pass_first_mask);
  registry.add_layer("keras_hub>BloomDecoder", bloom_decoder, pass_first_mask);
  registry.add_layer("keras_hub>FalconTransformerDecoder", falcon_decoder, pass_first_mask);
}

}  // namespace weir::layers
