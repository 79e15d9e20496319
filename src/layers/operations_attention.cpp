#include <cmath>

#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/masking.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/attention.h"

/// keras.ops.dot_product_attention.
namespace weir::layers {
namespace {

/// A mask (batch, heads, queries, keys), of which each axis may be 1.
ValueId score_mask(LayerCall& call, ValueId mask, std::int64_t batch) {
  const Shape& shape = call.shape(mask);
  require(shape.rank() == 4 && shape[0] == batch, ErrorCode::kUnsupported,
          "a mask of the shape {} is not supported", to_string(shape));
  return as_mask(call, mask);
}

/// Of (batch, queries or keys, heads, size).
std::vector<ValueId> dot_product_attention(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  require(!config.has("bias") && !config.has("attn_logits_soft_cap"), ErrorCode::kUnsupported,
          "attention with a bias or a soft cap is not supported");
  std::vector<ValueId> values;
  for (const auto& [position, name] : {std::pair{0, "query"}, {1, "key"}, {2, "value"}}) {
    const Operand operand = float_operand(call, static_cast<std::size_t>(position), {name});
    values.push_back(as_value(call, operand));
    require(call.shape(values.back()).rank() == 4, ErrorCode::kInvalidArgument,
            "{} has the shape {}, expected 4 axes", name, to_string(call.shape(values.back())));
  }
  const Shape& query = call.shape(values.front());
  const double size = static_cast<double>(query.back());
  const double scale = config.number("scale", 1 / std::sqrt(size));
  if (const auto mask = find_operand(call, 4, {"mask"})) {
    values.push_back(score_mask(call, as_value(call, *mask), query[0]));
  }
  const kernels::AttentionRule rule{.scale = static_cast<float>(scale),
                                    .causal = config.boolean("is_causal", false)};
  return {call.add(ops::make_attention({.rule = rule}), std::move(values))};
}

}  // namespace

void register_operations_attention(Registry& registry) {
  registry.add_operation("DotProductAttention", dot_product_attention);
}

}  // namespace weir::layers
