#include <algorithm>
#include <cmath>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/attention_masks.h"
#include "layers/operand.h"
#include "layers/registry.h"
#include "layers/rms_normalization.h"
#include "layers/shaping.h"
#include "ops/batch_matmul.h"
#include "ops/lookup.h"
#include "ops/softmax.h"

/// The layers of keras-hub's T5, whose attention adds a bias by distance to the scores. The first
/// layer makes the bias, and the next ones take it.
namespace weir::layers {
namespace {

using kernels::BinaryKind;

/// Which of the 32 biases a key at the distance has: near ones have one each, farther ones share.
std::int64_t bucket_of(std::int64_t distance, bool both_directions) {
  constexpr float kFarthest = 128.0F;
  std::int64_t buckets = 32;
  std::int64_t first = 0;
  if (both_directions) {
    buckets /= 2;
    first = distance > 0 ? buckets : 0;
    distance = std::abs(distance);
  } else {
    distance = -std::min<std::int64_t>(distance, 0);
  }
  const std::int64_t exact = buckets / 2;
  if (distance < exact) return first + distance;
  const float share = std::log(static_cast<float>(distance) / static_cast<float>(exact)) /
                      std::log(kFarthest / static_cast<float>(exact));
  const auto far = static_cast<std::int64_t>(share * static_cast<float>(buckets - exact));
  return first + std::min(exact + far, buckets - 1);
}

/// The heads of a T5 attention.
struct Heads {
  std::int64_t count;
  std::int64_t size;
};

/// (batch, heads, queries, keys) of the table (32, heads).
ValueId add_bias(const Sublayers& layers, const Heads& heads, bool is_decoder,
                 const Shape& queries) {
  LayerCall& call = layers.call();
  const std::int64_t length = queries[1];
  std::vector<double> buckets;
  for (std::int64_t sample = 0; sample < queries[0]; ++sample) {
    for (std::int64_t query = 0; query < length; ++query) {
      for (std::int64_t key = 0; key < length; ++key) {
        buckets.push_back(static_cast<double>(bucket_of(key - query, !is_decoder)));
      }
    }
  }
  const Operand indices =
      Operand::array(call.path(), buckets, {queries[0], length, length}, DType::kInt32);
  const ValueId biases = call.add(
      ops::make_lookup(layers.weight(0, {32, heads.count}), ops::NegativeRow::kCountsFromEnd),
      {as_value(call, indices)});
  return add_transpose(call, biases, {0, 3, 1, 2});
}

/// What a mask of (batch, queries or 1, keys) takes away from the scores.
ValueId add_penalty(LayerCall& call, ValueId mask) {
  constexpr double kPenalty = 1e9;
  const Shape shape = call.shape(mask);
  const ValueId penalty = add_affine(call, kPenalty, -kPenalty, as_float(call, mask));
  return add_reshape(call, penalty, {shape[0], 1, shape[1], shape[2]});
}

/// The same for keys behind the query.
Operand causal_penalty(const LayerCall& call, std::int64_t length) {
  std::vector<double> values;
  for (std::int64_t query = 0; query < length; ++query) {
    for (std::int64_t key = 0; key < length; ++key) values.push_back(key > query ? -1e9 : 0.0);
  }
  return Operand::array(call.path(), values, {1, 1, length, length}, DType::kFloat32);
}

ValueId add_attention(const Sublayers& layers, const Heads& heads, ValueId x, ValueId source,
                      const Mask& bias) {
  LayerCall& call = layers.call();
  const std::int64_t inner = heads.count * heads.size;
  const auto project = [&](const char* attribute, ValueId value, std::vector<std::size_t> order) {
    const ValueId flat = add_dense(layers, attribute, inner, value, {{"use_bias", false}});
    const ValueId split =
        add_reshape(call, flat, {call.shape(value)[0], -1, heads.count, heads.size});
    return add_transpose(call, split, std::move(order));
  };
  ValueId scores =
      call.add(ops::make_batch_matmul(), {project("query_projector", x, {0, 2, 1, 3}),
                                          project("key_projector", source, {0, 2, 3, 1})});
  if (bias) scores = add_sum(call, scores, *bias);
  const ValueId weights = call.add(ops::make_softmax(3), {scores});
  const ValueId result = call.add(ops::make_batch_matmul(),
                                  {weights, project("value_projector", source, {0, 2, 1, 3})});
  const ValueId ordered = add_transpose(call, result, {0, 2, 1, 3});
  return add_dense(layers, "output_projector", call.shape(x).back(),
                   add_reshape(call, ordered, {call.shape(x)[0], -1, inner}),
                   {{"use_bias", false}});
}

ValueId add_feedforward(const Sublayers& layers, const Config& config, ValueId x) {
  const std::int64_t units = size_in(config, "intermediate_dim");
  ValueId inner =
      add_dense(layers, "input_projector", units, x,
                {{"use_bias", false}, {"activation", config.json().value("activation", Json())}});
  if (config.boolean("use_gated_activation", false)) {
    const ValueId gate = add_dense(layers, "gate_projector", units, x, {{"use_bias", false}});
    inner = add_binary(layers.call(), BinaryKind::kMultiply, inner, gate);
  }
  return add_dense(layers, "output_projector", layers.call().shape(x).back(), inner,
                   {{"use_bias", false}});
}

/// What the masks of the layer's attention to itself take away.
Mask self_penalty(LayerCall& call, const Shape& shape) {
  const Json settings = settings_of(call);
  const bool causal = Config(settings).boolean("use_causal_mask", false);
  Mask penalty;
  if (const Mask mask = tensor_argument(call, 1, "attention_mask")) {
    penalty = add_penalty(call, *mask);
  }
  if (!causal) return penalty;
  const Operand behind = causal_penalty(call, shape[1]);
  return penalty ? add_binary(call, BinaryKind::kMinimum, *penalty, behind)
                 : as_value(call, behind);
}

/// What is added to the scores of the layer's attention to itself: given, or made of its own biases
/// and the masks.
Mask score_bias(LayerCall& call, const Heads& heads, ValueId x) {
  if (const Mask given = tensor_argument(call, 2, "position_bias")) return given;
  const Config config = call.config();
  const Shape shape = call.shape(x);
  const Mask penalty = self_penalty(call, shape);
  if (!config.boolean("use_relative_attention_bias", false)) return penalty;
  const ValueId bias = add_bias(Sublayers(call).at("self_attention"), heads,
                                config.boolean("is_decoder", false), shape);
  return penalty ? add_sum(call, bias, *penalty) : bias;
}

std::vector<ValueId> t5_layer(LayerCall& call) {
  refuse_cache(call);
  const Config config = call.config();
  const Sublayers layers(call);
  const Heads heads{size_in(config, "num_heads"), size_in(config, "key_value_dim")};
  const double epsilon = config.number("layer_norm_epsilon", 1e-6);
  ValueId x = main_argument(call, "hidden_states");
  const Mask bias = score_bias(call, heads, x);

  ValueId normal = add_rms_norm(layers, "self_attention_layer_norm", epsilon, x);
  x = add_sum(call, add_attention(layers.at("self_attention"), heads, normal, normal, bias), x);
  if (config.boolean("is_decoder", false)) {
    const Mask encoded = tensor_argument(call, 3, "encoder_hidden_states");
    require(encoded.has_value(), ErrorCode::kInvalidArgument, "a decoder without an encoder");
    const Mask mask = tensor_argument(call, 4, "encoder_attention_mask");
    const Mask penalty = mask ? Mask(add_penalty(call, *mask)) : Mask();
    normal = add_rms_norm(layers, "cross_attention_layer_norm", epsilon, x);
    x = add_sum(call, add_attention(layers.at("cross_attention"), heads, normal, *encoded, penalty),
                x);
  }
  const ValueId inner =
      add_feedforward(layers, config, add_rms_norm(layers, "layer_norm", epsilon, x));
  std::vector<ValueId> outputs{add_sum(call, inner, x)};
  if (bias) outputs.push_back(*bias);
  return outputs;
}

}  // namespace

void register_relative_bias(Registry& registry) {
  registry.add_layer("keras_hub>T5TransformerLayer", t5_layer);
}

}  // namespace weir::layers
