#include "base/fail.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/concat.h"

namespace weir::layers {
namespace {

std::vector<ValueId> concatenate(LayerCall& call) {
  require(!call.inputs().empty(), ErrorCode::kInvalidArgument, "is called on no tensor");
  const std::size_t rank = call.shape(call.inputs().front()).rank();
  const std::size_t axis = to_axis(call.config().integer("axis", -1), rank);
  return {call.add(ops::make_concat(axis), {call.inputs().begin(), call.inputs().end()})};
}

}  // namespace

void register_concatenate(Registry& registry) {
  registry.add_layer("Concatenate", concatenate);
  registry.add_operation("Concatenate", concatenate);
}

}  // namespace weir::layers
