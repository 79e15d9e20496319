#include "ops/attention.h"

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/masking.h"
#include "layers/operand.h"
#include "layers/plain_weights.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/binary.h"

/// Attention of Keras's older kind: one head, on a list [query, value, key].
namespace weir::layers {
namespace {

using kernels::ScoreKind;

struct Inputs {
  ValueId query;
  ValueId value;
  ValueId key;
};

Inputs read_inputs(LayerCall& call) {
  const auto inputs = call.inputs();
  require(inputs.size() == 2 || inputs.size() == 3, ErrorCode::kInvalidArgument,
          "is called on {} tensors, not on a query, a value and perhaps a key", inputs.size());
  for (const ValueId input : inputs) {
    require(call.shape(input).rank() >= 3, ErrorCode::kInvalidArgument,
            "the input has the shape {}, expected at least 3 axes", to_string(call.shape(input)));
  }
  return {as_float(call, inputs[0]), as_float(call, inputs[1]),
          as_float(call, inputs.size() == 3 ? inputs[2] : inputs[1])};
}

/// The value with an axis of one head before its last.
ValueId with_head(LayerCall& call, ValueId value) {
  Shape shape = call.shape(value);
  const std::int64_t size = shape.back();
  shape[shape.rank() - 1] = 1;
  shape.push_back(size);
  return add_reshape(call, value, shape);
}

/// The mask of the value as one of all scores.
ValueId score_mask(LayerCall& call, ValueId mask) {
  const Shape& shape = call.shape(mask);
  require(shape.rank() == 2 || shape.rank() == 3, ErrorCode::kUnsupported,
          "a mask of the shape {} is not supported", to_string(shape));
  const std::int64_t queries = shape.rank() == 3 ? shape[1] : 1;
  return add_reshape(call, as_mask(call, mask), {shape[0], 1, queries, shape.back()});
}

Mask mask_of(const LayerCall& call, std::size_t input) {
  return input < call.masks().size() ? call.masks()[input] : std::nullopt;
}

/// The rule that all kinds share; `causal` was an option of the layer in Keras 2.
kernels::AttentionRule rule_of(const LayerCall& call, ScoreKind score) {
  const Json settings = settings_of(call);
  const Config config(settings);
  return {.score = score,
          .masked = kernels::MaskedScore::kLowered,
          .causal = config.boolean("use_causal_mask", false) || config.boolean("causal", false)};
}

std::vector<ValueId> attend(LayerCall& call, const Inputs& inputs,
                            ops::AttentionAttributes attributes) {
  const Json settings = settings_of(call);
  attributes.returns_scores = Config(settings).boolean("return_attention_scores", false);
  std::vector<ValueId> values{with_head(call, inputs.query), with_head(call, inputs.key),
                              with_head(call, inputs.value)};
  if (const Mask mask = mask_of(call, 1)) values.push_back(score_mask(call, *mask));
  std::vector<ValueId> outputs =
      call.add_many(ops::make_attention(std::move(attributes)), std::move(values));

  Shape shape = call.shape(inputs.query);
  shape[shape.rank() - 1] = call.shape(inputs.value).back();
  outputs[0] = add_reshape(call, outputs[0], shape);
  if (const Mask mask = mask_of(call, 0)) {
    Shape rows = call.shape(*mask);
    rows.push_back(1);
    const ValueId kept = add_reshape(call, as_mask(call, *mask), rows);
    outputs[0] = add_select(call, kept, outputs[0], Operand::number(0, false));
  }
  if (outputs.size() > 1) {
    shape[shape.rank() - 1] = call.shape(outputs[1]).back();
    outputs[1] = add_reshape(call, outputs[1], shape);
  }
  return outputs;
}

ValueId scaled(LayerCall& call, ValueId value, const graph::Constant& scale) {
  return call.add(ops::make_binary(kernels::BinaryKind::kMultiply, {}, scale), {value});
}

std::vector<ValueId> attention(LayerCall& call) {
  const Config config = call.config();
  const std::string mode = config.text("score_mode", "dot");
  require(mode == "dot" || mode == "concat", ErrorCode::kMalformed, "score_mode is '{}'", mode);
  const bool has_scale = config.boolean("use_scale", false);
  const bool is_concat = mode == "concat";
  require_plain_weights(call, (has_scale ? 1U : 0U) + (is_concat ? 1U : 0U));
  Inputs inputs = read_inputs(call);
  if (has_scale) {
    const graph::Constant scale = call.weight(0, Shape());
    inputs.query = scaled(call, inputs.query, scale);
    if (is_concat) inputs.key = scaled(call, inputs.key, scale);
  }
  if (!is_concat) return attend(call, inputs, {.rule = rule_of(call, ScoreKind::kProduct)});
  const auto size = static_cast<std::size_t>(call.shape(inputs.key).back());
  const graph::Constant weight = call.weight(has_scale ? 1 : 0, Shape());
  return attend(
      call, inputs,
      {.rule = rule_of(call, ScoreKind::kTanh), .terms = ops::AttentionTerms{weight, size}});
}

std::vector<ValueId> additive_attention(LayerCall& call) {
  const bool has_scale = call.config().boolean("use_scale", true);
  require_plain_weights(call, has_scale ? 1 : 0);
  const Inputs inputs = read_inputs(call);
  ops::AttentionAttributes attributes{.rule = rule_of(call, ScoreKind::kTanh)};
  if (has_scale) {
    const std::int64_t size = call.shape(inputs.query).back();
    attributes.terms = ops::AttentionTerms{call.weight(0, {size}), static_cast<std::size_t>(size)};
  }
  return attend(call, inputs, std::move(attributes));
}

/// The query's.
std::vector<Mask> mask_of_query(LayerCall& call, std::span<const ValueId> /*outputs*/) {
  return {call.mask()};
}

}  // namespace

void register_attention(Registry& registry) {
  registry.add_layer("Attention", attention, mask_of_query);
  registry.add_layer("AdditiveAttention", additive_attention, mask_of_query);
}

}  // namespace weir::layers
