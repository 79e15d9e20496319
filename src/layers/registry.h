#pragma once

#include <map>
#include <string>
#include <string_view>

#include "layers/layer.h"
#include "weir/custom_layer.h"

namespace weir::layers {

/// What Weir knows of a Keras class.
struct LayerEntry {
  Lower lower;
  MaskRule masks;  ///< Null where the layer's outputs have no masks.
};

/// Which functions lower which Keras class.
class Registry {
 public:
  /// All of Weir's layers. Made once, then only read: thread-safe.
  static const Registry& builtin();

  /// A class of `keras.layers`. Without a rule its outputs have no masks.
  void add_layer(std::string_view class_name, Lower lower, MaskRule masks = nullptr);
  /// An operation of `keras.ops`, recorded as a node of a Functional model.
  void add_operation(std::string_view class_name, Lower lower);
  /// A class that the program computes, which comes before a layer of Weir's own.
  void add_custom(std::string_view class_name, CustomLayer layer);

  /// Throws kUnsupported, with what to do instead, for a class that is not there.
  const LayerEntry& find(const keras::LayerRecord& record) const;
  /// Whether the program computes it.
  bool is_custom(const keras::LayerRecord& record) const { return find_custom(record) != nullptr; }

 private:
  using Entries = std::map<std::string, LayerEntry, std::less<>>;

  const LayerEntry* find_custom(const keras::LayerRecord& record) const;

  Entries custom_;
  Entries layers_;
  Entries operations_;
};

}  // namespace weir::layers
