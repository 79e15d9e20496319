#pragma once

#include <map>
#include <string>
#include <string_view>

#include "layers/layer.h"
#include "weir/custom_layer.h"

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
  /// A class that the program computes, which comes before a layer of Weir's own.
  void add_custom(std::string_view class_name, CustomLayer layer);

  /// Throws kUnsupported, with what to do instead, for a class that is not there.
  const Lower& find(const keras::LayerRecord& record) const;
  /// Whether the program computes it.
  bool is_custom(const keras::LayerRecord& record) const { return find_custom(record) != nullptr; }

 private:
  const Lower* find_custom(const keras::LayerRecord& record) const;

  std::map<std::string, Lower, std::less<>> custom_;
  std::map<std::string, Lower, std::less<>> layers_;
  std::map<std::string, Lower, std::less<>> operations_;
};

}  // namespace weir::layers
