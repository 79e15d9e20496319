#pragma once

#include <map>
#include <string>
#include <string_view>

#include "layers/layer.h"

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

  /// Throws kUnsupported, with what to do instead, for a class that is not there.
  LayerEntry find(const keras::LayerRecord& record) const;

 private:
  using Entries = std::map<std::string, LayerEntry, std::less<>>;

  Entries layers_;
  Entries operations_;
};

}  // namespace weir::layers
