#include "layers/operand.h"
#include "layers/plain_weights.h"
#include "layers/registry.h"
#include "ops/lookup.h"

namespace weir::layers {
namespace {

std::vector<ValueId> embedding(LayerCall& call) {
  const Config config = call.config();
  require_plain_weights(call, 1);
  const std::int64_t rows = config.sizes("input_dim", 1, 0).front();
  const std::int64_t width = config.sizes("output_dim", 1, 0).front();
  return {call.add(ops::make_lookup(call.weight(0, {rows, width})), {call.input()})};
}

std::vector<Mask> mask_of_zeros(LayerCall& call, std::span<const ValueId> /*outputs*/) {
  if (!call.config().boolean("mask_zero", false)) return {};
  return {add_comparison(call, kernels::ComparisonKind::kNotEqual, call.input(),
                         Operand::number(0, true))};
}

}  // namespace

void register_embedding(Registry& registry) {
  registry.add_layer("Embedding", embedding, mask_of_zeros);
}

}  // namespace weir::layers
