#include "layers/scored_attention.h"

#include <cmath>
#include <cstdlib>

#include "layers/operand.h"
#include "layers/shaping.h"
#include "ops/attention.h"
#include "ops/batch_matmul.h"
#include "ops/concat.h"
#include "ops/softmax.h"
#include "ops/unary.h"

namespace weir::layers {
namespace {

using kernels::BinaryKind;

double scale_of(const ScoredAttention& attention) {
  return 1.0 / std::sqrt(static_cast<double>(attention.size));
}

/// 1 where a query may attend to a key, (1, 1, queries, keys), and otherwise 0.
Operand reach_of(const LayerCall& call, const ScoredAttention& attention, std::int64_t queries,
                 std::int64_t keys) {
  std::vector<double> reach;
  for (std::int64_t query = 0; query < queries; ++query) {
    for (std::int64_t key = 0; key < keys; ++key) {
      const bool is_near = attention.window == 0 || std::abs(query - key) < attention.window;
      reach.push_back((key <= query || !attention.causal) && is_near ? 1.0 : 0.0);
    }
  }
  return Operand::array(call.path(), reach, {1, 1, queries, keys}, DType::kBool);
}

/// What the rules and all masks keep; nothing where that is everything.
Mask joined_mask(LayerCall& call, const ScoredAttention& attention, const Shape& scores,
                 const std::vector<ValueId>& masks) {
  Mask joined;
  if (attention.causal || attention.window > 0) {
    joined = as_value(call, reach_of(call, attention, scores[2], scores[3]));
  }
  for (const ValueId mask : masks) {
    joined = joined ? add_comparison(call, kernels::ComparisonKind::kAnd, *joined, mask) : mask;
  }
  return joined;
}

ValueId add_weights(LayerCall& call, const ScoredAttention& attention, ValueId scores,
                    const Mask& mask) {
  constexpr double kMasked = -1e9;
  if (mask && attention.masked == kernels::MaskedScore::kLowered) {
    const ValueId kept = add_cast(call, DType::kFloat32, *mask);
    scores = add_binary(call, BinaryKind::kAdd, scores, add_affine(call, -kMasked, kMasked, kept));
  } else if (mask) {
    scores = add_select(call, *mask, scores, Operand::real(kMasked));
  }
  if (!attention.sinks) return call.add(ops::make_softmax(3), {scores});
  const Shape shape = call.shape(scores);
  const ValueId nothing = add_affine(call, 0.0, 0.0, add_part(call, scores, {3, 0, 1, 1}));
  graph::Constant sinks = *attention.sinks;
  sinks.shape = {shape[1], 1, 1};
  const ValueId all =
      call.add(ops::make_concat(3), {scores, add_weight(call, std::move(sinks), nothing)});
  return add_part(call, call.add(ops::make_softmax(3), {all}), {3, 0, 1, shape[3]});
}

/// With scores that no operation of attention makes: all of them are there at once.
ValueId add_whole_attention(LayerCall& call, const ScoredAttention& attention, ValueId queries,
                            ValueId keys, ValueId values, const std::vector<ValueId>& masks) {
  const std::int64_t groups = call.shape(queries)[2] / call.shape(keys)[2];
  const auto for_each_head = [&](ValueId value, std::vector<std::size_t> order) {
    const ValueId repeated = call.add(
        ops::make_gather({.kind = "repeat", .moves = {ops::repeat_each(2, groups)}}), {value});
    return add_transpose(call, repeated, std::move(order));
  };
  ValueId scores = call.add(ops::make_batch_matmul(), {add_transpose(call, queries, {0, 2, 1, 3}),
                                                       for_each_head(keys, {0, 2, 3, 1})});
  scores = add_affine(call, scale_of(attention), 0.0, scores);
  if (attention.soft_cap > 0) {
    scores = add_affine(call, 1.0 / attention.soft_cap, 0.0, scores);
    scores = add_affine(call, attention.soft_cap, 0.0,
                        call.add(ops::make_unary({kernels::UnaryKind::kTanh}), {scores}));
  }
  const Mask mask = joined_mask(call, attention, call.shape(scores), masks);
  ValueId weights = add_weights(call, attention, scores, mask);
  if (mask && attention.masked == kernels::MaskedScore::kDropped) {
    weights = add_select(call, *mask, weights, Operand::real(0.0));
  }
  const ValueId result =
      call.add(ops::make_batch_matmul(), {weights, for_each_head(values, {0, 2, 1, 3})});
  return add_transpose(call, result, {0, 2, 1, 3});
}

}  // namespace

Heads read_heads(const Config& config, std::int64_t width) {
  const std::int64_t queries = size_in(config, "num_query_heads");
  return {queries, size_in(config, "num_key_value_heads", queries),
          size_in(config, "head_dim", head_size(width, queries))};
}

ValueId add_scored_attention(LayerCall& call, const ScoredAttention& attention, ValueId queries,
                             ValueId keys, ValueId values, const std::vector<ValueId>& masks) {
  if (attention.soft_cap > 0 || attention.sinks) {
    return add_whole_attention(call, attention, queries, keys, values, masks);
  }
  kernels::AttentionRule rule;
  rule.masked = attention.masked;
  rule.scale = static_cast<float>(scale_of(attention));
  rule.causal = attention.causal;
  rule.window = static_cast<std::size_t>(attention.window);
  std::vector<ValueId> inputs{queries, keys, values};
  inputs.insert(inputs.end(), masks.begin(), masks.end());
  return call.add_many(ops::make_attention({.rule = rule}), std::move(inputs)).front();
}

}  // namespace weir::layers
