#include "layers/custom.h"

#include <algorithm>

#include "base/fail.h"
#include "ops/custom.h"

namespace weir::layers {
namespace {

/// A tensor, a nest of them, or nothing.
bool holds_only_tensors(const Json& argument) {
  if (argument.is_object() && argument.contains("tensor")) return true;
  if (!argument.is_structured()) return argument.is_null();
  return std::ranges::all_of(argument, holds_only_tensors);
}

/// The function gets tensors; other arguments would be left out without a word.
void require_only_tensors(const keras::CallRecord& call) {
  for (const Json& argument : call.args) {
    require(holds_only_tensors(argument), ErrorCode::kUnsupported,
            "is called with {}, but a custom layer's function gets tensors only; make it a part of "
            "the layer's config",
            argument.dump().substr(0, 60));
  }
  for (const auto& [name, argument] : call.kwargs.items()) {
    require(name == "training" || holds_only_tensors(argument), ErrorCode::kUnsupported,
            "is called with {}={}, but a custom layer's function gets tensors only; make it a part "
            "of the layer's config",
            name, argument.dump().substr(0, 60));
  }
}

void append_weights(const keras::LayerWeights& weights, const std::string& path,
                    std::vector<graph::Constant>& constants) {
  for (const keras::WeightRecord& weight : weights.vars) {
    constants.push_back(
        {fmt::format("{}/{}", path, constants.size()), weight.dtype, weight.shape, weight.data});
  }
  for (const auto& [name, part] : weights.parts) {
    // The state of a random generator is no weight; Keras does not count it either.
    if (name != "seed_generator") append_weights(part, path, constants);
  }
}

}  // namespace

Lower lower_custom(CustomLayer layer) {
  const auto shared = std::make_shared<const CustomLayer>(std::move(layer));
  return [shared](LayerCall& call) {
    require(!call.inputs().empty(), ErrorCode::kUnsupported, "is called on no tensor");
    if (call.call() != nullptr) require_only_tensors(*call.call());
    const keras::LayerRecord& record = call.record();
    std::vector<graph::Constant> weights;
    append_weights(record.weights, call.path(), weights);
    return call.add_many(
        ops::make_custom(shared, {call.path(), record.class_name, record.config.dump(), {}},
                         std::move(weights)),
        {call.inputs().begin(), call.inputs().end()});
  };
}

}  // namespace weir::layers
