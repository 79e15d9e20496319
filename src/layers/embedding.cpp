#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/operand.h"
#include "layers/plain_weights.h"
#include "layers/quantised.h"
#include "layers/registry.h"
#include "ops/lookup.h"
#include "ops/matmul.h"
#include "ops/unary.h"

namespace weir::layers {
namespace {

ValueId add_lookup(LayerCall& call) {
  const Config config = call.config();
  const std::int64_t rows = config.sizes("input_dim", 1, 0).front();
  const std::int64_t width = config.sizes("output_dim", 1, 0).front();
  const auto negative =
      call.keras2() ? ops::NegativeRow::kIsNone : ops::NegativeRow::kCountsFromEnd;
  const ValueId found =
      call.add(ops::make_lookup(call.weight(0, {rows, width}), negative), {call.input()});
  if (!is_int8(call)) return found;
  graph::Constant scale = call.weight(1, {rows});
  scale.shape = {rows, 1};
  return add_division(call, found,
                      call.add(ops::make_lookup(std::move(scale), negative), {call.input()}));
}

std::vector<ValueId> embedding(LayerCall& call) {
  require_weight_count(call, is_int8(call) ? 2 : 1);
  return {add_lookup(call)};
}

std::vector<Mask> mask_of_zeros(LayerCall& call, std::span<const ValueId> /*outputs*/) {
  if (!call.config().boolean("mask_zero", false)) return {};
  return {add_comparison(call, kernels::ComparisonKind::kNotEqual, call.input(),
                         Operand::number(0, true))};
}

bool is_reverse(const LayerCall& call) {
  const Json settings = settings_of(call);
  return Config(settings).boolean("reverse", false);
}

/// The products of vectors with all rows of the table, or with weights that the layer has besides.
ValueId reverse_embedding(LayerCall& call) {
  const Config config = call.config();
  const std::int64_t rows = config.sizes("input_dim", 1, 0).front();
  const std::int64_t width = config.sizes("output_dim", 1, 0).front();
  const auto inner = static_cast<std::size_t>(width);
  const auto columns = static_cast<std::size_t>(rows);
  const bool has_scales = is_int8(call);
  const bool tied = config.boolean("tie_weights", true);
  ops::ProductTerms terms;
  if (tied) {
    terms.kernel = call.weight(0, {rows, width});
    terms.kernel_view = ops::StridedView{{inner, columns}, {1, inner}};
  } else {
    terms.kernel = call.weight(has_scales ? 2 : 1, {width, rows});
  }
  QuantisedInput input{as_float(call, call.input()), std::nullopt};
  const std::size_t last = call.shape(input.numbers).rank() - 1;
  if (is_quantised(call)) input = quantise_input(call, input.numbers, {last});
  ValueId logits = call.add(ops::make_matmul(inner, columns, std::move(terms)), {input.numbers});
  if (has_scales) logits = add_scale_weight(call, logits, tied ? 1 : 3, {rows});
  if (input.scale) logits = add_division(call, logits, *input.scale);
  if (!config.has("logit_soft_cap")) return logits;
  const double cap = config.number("logit_soft_cap", 1.0);
  const ValueId scaled = add_affine(call, 1.0 / cap, 0.0, logits);
  return add_affine(call, cap, 0.0,
                    call.add(ops::make_unary({kernels::UnaryKind::kTanh}), {scaled}));
}

std::vector<ValueId> reversible_embedding(LayerCall& call) {
  const std::size_t tables = call.config().boolean("tie_weights", true) ? 1 : 2;
  require_weight_count(call, is_int8(call) ? 2 * tables : tables);
  return {is_reverse(call) ? reverse_embedding(call) : add_lookup(call)};
}

std::vector<Mask> mask_of_forward_zeros(LayerCall& call, std::span<const ValueId> outputs) {
  if (is_reverse(call)) return {};
  return mask_of_zeros(call, outputs);
}

}  // namespace

void register_embedding(Registry& registry) {
  registry.add_layer("Embedding", embedding, mask_of_zeros);
  // It was keras-hub's before it was Keras's.
  for (const char* name : {"ReversibleEmbedding", "keras_hub>ReversibleEmbedding"}) {
    registry.add_layer(name, reversible_embedding, mask_of_forward_zeros);
  }
}

}  // namespace weir::layers
