#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/concat.h"

namespace weir::layers {
namespace {

std::vector<ValueId> concatenate(LayerCall& call) {
  std::vector<ValueId> inputs = inputs_of_one_type(call);
  const std::size_t rank = call.shape(inputs.front()).rank();
  const std::size_t axis = to_axis(call.config().integer("axis", -1), rank);
  return {call.add(ops::make_concat(axis), std::move(inputs))};
}

}  // namespace

void register_concatenate(Registry& registry) {
  registry.add_layer("Concatenate", concatenate);
  registry.add_operation("Concatenate", concatenate);
}

}  // namespace weir::layers
