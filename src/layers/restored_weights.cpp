#include "layers/restored_weights.h"

#include "layers/cudnn_weights.h"
#include "layers/int4_weights.h"
#include "layers/lora_weights.h"
#include "weir/error.h"

namespace weir::layers {
namespace {

void restore_weights(keras::LayerRecord& layer) {
  if (layer.model != nullptr) layers::restore_weights(*layer.model);
  for (keras::InnerLayer& inner : layer.inner) restore_weights(*inner.layer);
  restore_cudnn(layer);
  restore_int4(layer);
  merge_lora(layer);
}

}  // namespace

void restore_weights(keras::ModelRecord& model) {
  for (keras::LayerRecord& layer : model.layers) {
    try {
      restore_weights(layer);
    } catch (const Error& error) {
      throw error.within({.file = {}, .layer = layer.name, .tensor = {}});
    }
  }
}

}  // namespace weir::layers
