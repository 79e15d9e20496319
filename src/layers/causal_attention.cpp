#include "layers/causal_attention.h"

#include <cmath>

#include "layers/operand.h"
#include "layers/shaping.h"
#include "ops/attention.h"
#include "ops/batch_matmul.h"
#include "ops/softmax.h"
#include "ops/unary.h"

namespace weir::layers {
namespace {

using kernels::BinaryKind;

double scale_of(const CausalAttention& attention) {
  return 1.0 / std::sqrt(static_cast<double>(attention.size));
}

/// 1 where a query may attend to a key, (1, 1, queries, keys), and otherwise 0.
std::vector<double> reach_of(const CausalAttention& attention, std::int64_t length) {
  std::vector<double> reach;
  for (std::int64_t query = 0; query < length; ++query) {
    for (std::int64_t key = 0; key < length; ++key) {
      const bool is_near = attention.window == 0 || query - key < attention.window;
      reach.push_back(key <= query && is_near ? 1.0 : 0.0);
    }
  }
  return reach;
}

/// With capped scores, which no operation of attention has: all scores are made.
ValueId add_capped_attention(LayerCall& call, const CausalAttention& attention, ValueId queries,
                             ValueId keys, ValueId values, const std::vector<ValueId>& masks) {
  constexpr double kMasked = -1e9;
  const std::int64_t length = call.shape(queries)[1];
  const std::int64_t groups = call.shape(queries)[2] / call.shape(keys)[2];
  const auto for_each_head = [&](ValueId value, std::vector<std::size_t> order) {
    const ValueId repeated = call.add(
        ops::make_gather({.kind = "repeat", .moves = {ops::repeat_each(2, groups)}}), {value});
    return add_transpose(call, repeated, std::move(order));
  };
  ValueId scores = call.add(ops::make_batch_matmul(), {add_transpose(call, queries, {0, 2, 1, 3}),
                                                       for_each_head(keys, {0, 2, 3, 1})});
  scores = add_affine(call, scale_of(attention) / attention.soft_cap, 0.0, scores);
  scores = add_affine(call, attention.soft_cap, 0.0,
                      call.add(ops::make_unary({kernels::UnaryKind::kTanh}), {scores}));
  const std::vector<double> reach = reach_of(attention, length);
  std::vector<double> penalties;
  for (const double reached : reach) penalties.push_back((1.0 - reached) * kMasked);
  const auto of_scores = [&](const std::vector<double>& numbers) {
    return Operand::array(call.path(), numbers, {1, 1, length, length}, DType::kFloat32);
  };
  scores = add_binary(call, BinaryKind::kAdd, scores, of_scores(penalties));
  for (const ValueId mask : masks) {
    scores = add_select(call, mask, scores, Operand::number(kMasked, false));
  }
  ValueId weights = call.add(ops::make_softmax(3), {scores});
  weights = add_binary(call, BinaryKind::kMultiply, weights, of_scores(reach));
  for (const ValueId mask : masks) {
    weights = add_select(call, mask, weights, Operand::number(0, false));
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

ValueId add_causal_attention(LayerCall& call, const CausalAttention& attention, ValueId queries,
                             ValueId keys, ValueId values, const std::vector<ValueId>& masks) {
  if (attention.soft_cap > 0) {
    return add_capped_attention(call, attention, queries, keys, values, masks);
  }
  kernels::AttentionRule rule;
  rule.masked = kernels::MaskedScore::kDropped;
  rule.scale = static_cast<float>(scale_of(attention));
  rule.causal = true;
  rule.window = static_cast<std::size_t>(attention.window);
  std::vector<ValueId> inputs{queries, keys, values};
  inputs.insert(inputs.end(), masks.begin(), masks.end());
  return call.add_many(ops::make_attention({.rule = rule}), std::move(inputs)).front();
}

}  // namespace weir::layers
