#include "layers/keras_operation.h"

#include <utility>

#include "layers/registry.h"

namespace weir::layers {

std::vector<ValueId> add_keras_operation(LayerCall& call, std::string_view class_name,
                                         const Json& config, std::vector<ValueId> inputs,
                                         const Json& named) {
  keras::LayerRecord operation;
  operation.class_name = class_name;
  operation.module = "keras.src.ops";
  operation.name = class_name;
  operation.config = config;
  keras::CallRecord arguments;
  arguments.kwargs = named;
  for (std::size_t i = 0; i < inputs.size(); ++i) arguments.args.push_back({{"tensor", i}});
  const LayerCall on_inputs = call.inside(operation, std::move(inputs));
  LayerCall lowering = on_inputs.of(operation, arguments);
  return Registry::builtin().find(operation).lower(lowering);
}

}  // namespace weir::layers
