#include "layers/registry.h"

#include <algorithm>
#include <array>

#include "base/fail.h"

namespace weir::layers {

#define WEIR_LAYER_FAMILY(name) void register_##name(Registry& registry);
#include "layers/families.inc"
#undef WEIR_LAYER_FAMILY

namespace {

Registry make_builtin() {
  Registry registry;
#define WEIR_LAYER_FAMILY(name) register_##name(registry);
#include "layers/families.inc"
#undef WEIR_LAYER_FAMILY
  return registry;
}

bool carries_code(std::string_view class_name) {
  constexpr std::array<std::string_view, 5> kClasses{"Lambda", "JaxLayer", "FlaxLayer",
                                                     "TorchModuleWrapper", "TFSMLayer"};
  return std::find(kClasses.begin(), kClasses.end(), class_name) != kClasses.end();
}

bool is_operation(const keras::LayerRecord& record) {
  return record.module.starts_with("keras.src.ops") || record.module.starts_with("keras.ops");
}

}  // namespace

const Registry& Registry::builtin() {
  static const Registry registry = make_builtin();
  return registry;
}

void Registry::add_layer(std::string_view class_name, Lower lower, MaskRule masks) {
  layers_.emplace(class_name, LayerEntry{lower, masks});
}

void Registry::add_operation(std::string_view class_name, Lower lower) {
  operations_.emplace(class_name, LayerEntry{lower, nullptr});
}

LayerEntry Registry::find(const keras::LayerRecord& record) const {
  require(!carries_code(record.class_name), ErrorCode::kUnsupported,
          "a {} layer carries program code, which Weir never runs from a file; replace it by "
          "built-in layers or operations of keras.ops and save the model again",
          record.class_name);
  const Entries& entries = is_operation(record) ? operations_ : layers_;
  const auto found = entries.find(record.class_name);
  require(found != entries.end(), ErrorCode::kUnsupported, "the {} {} is not supported",
          is_operation(record) ? "operation" : "layer", record.class_name);
  return found->second;
}

}  // namespace weir::layers
