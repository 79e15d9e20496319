#include "base/fail.h"
#include "layers/activation.h"
#include "layers/as_float.h"
#include "layers/masking.h"
#include "layers/plain_weights.h"
#include "layers/registry.h"
#include "ops/matmul.h"

namespace weir::layers {
namespace {

std::vector<ValueId> dense(LayerCall& call) {
  const Config config = call.config();
  const bool has_bias = config.boolean("use_bias", true);
  require_plain_weights(call, has_bias ? 2 : 1);
  const std::int64_t units = config.sizes("units", 1, 0).front();
  const ValueId input = as_float(call, call.input());
  require(call.shape(input).rank() >= 2, ErrorCode::kInvalidArgument,
          "the input has the shape {}, expected at least 2 axes", to_string(call.shape(input)));
  const std::int64_t inner = call.shape(input).back();

  ops::ProductTerms terms;
  terms.kernel = call.weight(0, {inner, units});
  if (has_bias) terms.bias = call.weight(1, {units});
  const ValueId product =
      call.add(ops::make_matmul(static_cast<std::size_t>(inner), static_cast<std::size_t>(units),
                                std::move(terms)),
               {input});
  return {add_activation(call, config.json().value("activation", Json()), product)};
}

}  // namespace

void register_linear(Registry& registry) { registry.add_layer("Dense", dense, pass_masks); }

}  // namespace weir::layers
