#include "base/fail.h"
#include "layers/masking.h"
#include "layers/registry.h"
#include "ops/loop.h"

namespace weir::layers {
namespace {

/// Layers that do the same at each place of all axes but the last: time is one more of them.
bool ignores_time(const keras::LayerRecord& layer) { return layer.class_name == "Dense"; }

/// The layer runs once for each time step, on all samples; the memory of one step serves all.
std::vector<ValueId> time_distributed(LayerCall& call) {
  require(call.record().inner.size() == 1, ErrorCode::kMalformed, "there is no layer in it");
  const keras::LayerRecord& inner = *call.record().inner.front().layer;
  const ValueId input = call.input();
  const graph::ValueType type = call.type(input);
  require(type.shape.rank() >= 3 || (type.shape.rank() == 2 && call.keras2()),
          ErrorCode::kInvalidArgument, "the input has the shape {}, expected at least 3 axes",
          to_string(type.shape));
  if (ignores_time(inner)) return call.add_inner(inner, {input});
  graph::ValueType step{type.dtype, {type.shape[0]}};
  for (const std::int64_t size : type.shape.dims().subspan(2)) step.shape.push_back(size);
  graph::Graph body = call.graph_of(inner, {&step, 1});
  require(body.outputs.size() == 1, ErrorCode::kUnsupported,
          "a layer of {} outputs is not supported", body.outputs.size());
  return {call.add(ops::make_loop(std::move(body), {.in_time_order = true, .all_outputs = true}),
                   {input})};
}

}  // namespace

void register_time_distributed(Registry& registry) {
  registry.add_layer("TimeDistributed", time_distributed, pass_masks);
}

}  // namespace weir::layers
