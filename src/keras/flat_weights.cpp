#include "keras/flat_weights.h"

#include <utility>

#include "base/fail.h"
#include "keras/inner_layers.h"
#include "keras/nested_layers.h"

namespace weir::keras {
namespace {

void settle(LayerRecord& layer) {
  deal_out_to_inner(layer);
  for (const InnerLayer& inner : layer.inner) {
    if (inner.layer->model != nullptr) {
      deal_out(std::exchange(inner.layer->weights.vars, {}), *inner.layer->model);
    }
    settle(*inner.layer);
  }
  if (layer.model != nullptr) settle_inner(*layer.model);
}

}  // namespace

void deal_out(std::vector<WeightRecord> weights, ModelRecord& model) {
  const NestedLayers layers(model);
  for (WeightRecord& weight : weights) {
    LayerRecord* owner = layers.owner_of(weight.name);
    require(owner != nullptr, ErrorCode::kUnsupported,
            "the file does not tell which layer inside it has the weight '{}'; save the model as "
            ".keras",
            weight.name);
    owner->weights.vars.push_back(std::move(weight));
  }
}

void settle_inner(ModelRecord& model) {
  for (LayerRecord& layer : model.layers) {
    try {
      settle(layer);
    } catch (const Error& error) {
      throw error.within({.file = {}, .layer = layer.name, .tensor = {}});
    }
  }
}

}  // namespace weir::keras
