#include "base/fail.h"
#include "layers/operand.h"
#include "layers/registry.h"

/// Layers that only call other layers.
namespace weir::layers {
namespace {

/// What it does to the kernel is done in training, and saved. The result has the input's type, even
/// where that makes vectors whole numbers.
std::vector<ValueId> spectral_normalization(LayerCall& call) {
  require(call.record().inner.size() == 1, ErrorCode::kMalformed, "there is no layer in it");
  const std::vector<ValueId> made =
      call.add_inner(*call.record().inner.front().layer, {call.input()});
  require(made.size() == 1, ErrorCode::kUnsupported, "a layer of {} outputs is not supported",
          made.size());
  return {add_cast(call, call.type(call.input()).dtype, made.front())};
}

std::vector<ValueId> pipeline(LayerCall& call) {
  require(!call.mask(), ErrorCode::kUnsupported, "a mask is not supported");
  std::vector<ValueId> values{call.inputs().begin(), call.inputs().end()};
  for (const keras::InnerLayer& inner : call.record().inner) {
    values = call.add_inner(*inner.layer, values);
  }
  return values;
}

}  // namespace

void register_wrapping(Registry& registry) {
  registry.add_layer("SpectralNormalization", spectral_normalization);
  registry.add_layer("Pipeline", pipeline);
}

}  // namespace weir::layers
