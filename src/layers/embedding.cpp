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

}  // namespace

void register_embedding(Registry& registry) { registry.add_layer("Embedding", embedding); }

}  // namespace weir::layers
