#include "layers/registry.h"

#include <algorithm>
#include <array>

#include "base/fail.h"
#include "layers/custom.h"

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

/// Behind the package: "my_package>Squash" -> "Squash".
std::string_view plain_name(std::string_view name) {
  const std::size_t end = name.rfind('>');
  return end == name.npos ? name : name.substr(end + 1);
}

/// A class of somebody's own, which may have the name of one of Keras's and is another.
bool is_of_other_package(const keras::LayerRecord& record) {
  const std::string_view name = record.registered_name;
  return name.find('>') != name.npos && !name.starts_with("keras>");
}

/// keras-hub, which was keras-nlp before, registers some of its classes; the others are told by
/// their modules.
bool is_of_keras_hub(const keras::LayerRecord& record) {
  constexpr std::array<std::string_view, 2> kPackages{"keras_hub", "keras_nlp"};
  constexpr std::array<std::string_view, 2> kPrefixes{"keras_hub>", "keras_nlp>"};
  const auto starts_with = [](std::string_view text, const auto& beginnings) {
    return std::ranges::any_of(
        beginnings, [&](std::string_view beginning) { return text.starts_with(beginning); });
  };
  return starts_with(record.module, kPackages) || starts_with(record.registered_name, kPrefixes) ||
         starts_with(record.class_name, kPrefixes);
}

/// The name of a class of keras-hub among those of Keras.
std::string hub_name(std::string_view class_name) {
  return fmt::format("keras_hub>{}", class_name);
}

}  // namespace

const Registry& Registry::builtin() {
  static const Registry registry = make_builtin();
  return registry;
}

void Registry::add_layer(std::string_view class_name, Lower lower, MaskRule masks) {
  layers_.emplace(class_name, LayerEntry{std::move(lower), masks});
}

void Registry::add_operation(std::string_view class_name, Lower lower) {
  operations_.emplace(class_name, LayerEntry{std::move(lower), nullptr});
}

void Registry::add_custom(std::string_view class_name, CustomLayer layer) {
  custom_.insert_or_assign(std::string(class_name),
                           LayerEntry{lower_custom(std::move(layer)), nullptr});
}

const LayerEntry* Registry::find_custom(const keras::LayerRecord& record) const {
  if (is_operation(record) && operations_.contains(record.class_name)) return nullptr;
  // A legacy file has the registered name in the place of the class's.
  for (const std::string_view name :
       {std::string_view(record.registered_name), std::string_view(record.class_name),
        plain_name(record.class_name)}) {
    if (const auto found = custom_.find(name); found != custom_.end()) return &found->second;
  }
  return nullptr;
}

const LayerEntry& Registry::find(const keras::LayerRecord& record) const {
  if (const LayerEntry* custom = find_custom(record)) return *custom;
  require(!carries_code(record.class_name), ErrorCode::kUnsupported,
          "a {} layer carries program code, which Weir never runs from a file; replace it by "
          "built-in layers or operations of keras.ops and save the model again",
          record.class_name);
  const bool of_keras_hub = is_of_keras_hub(record);
  const Entries& entries = is_operation(record) ? operations_ : layers_;
  const auto found = of_keras_hub ? entries.find(hub_name(plain_name(record.class_name)))
                                  : entries.find(record.class_name);
  require(found != entries.end() && (of_keras_hub || !is_of_other_package(record)),
          ErrorCode::kUnsupported,
          "the {} {} is not supported; a program may register a function that computes it",
          is_operation(record) ? "operation" : "layer",
          record.registered_name.empty() ? record.class_name : record.registered_name);
  return found->second;
}

}  // namespace weir::layers
