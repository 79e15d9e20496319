#pragma once

#include <map>
#include <string>
#include <string_view>

#include "layers/layer.h"

namespace weir::layers {

/// Which function lowers which Keras class.
class Registry {
 public:
  /// All of Weir's layers. Made once, then only read: thread-safe.
  static const Registry& builtin();

  /// A class of `keras.layers`.
  void add_layer(std::string_view class_name, Lower lower);
  /// An operation of `keras.ops`, recorded as a node of a Functional model.
  void add_operation(std::string_view class_name, Lower lower);

  /// Throws kUnsupported, with what to do instead, for a class that is not there.
  Lower find(const keras::LayerRecord& record) const;

 private:
  std::map<std::string, Lower, std::less<>> layers_;
  std::map<std::string, Lower, std::less<>> operations_;
};

}  // namespace weir::layers
